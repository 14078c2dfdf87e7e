/* Keeps the product's own page, scripts and styles for the time without a server. It never touches /api. */
const SHELF = 'qianshao-pages-1'
const kept = (address) => address.origin === location.origin && (address.pathname.startsWith('/assets/') || address.pathname === '/icon.svg')

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.add('/field')).then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== SHELF).map((name) => caches.delete(name))))
      .then(() => self.clients.claim())
  )
})

self.addEventListener('message', (event) => {
  const wanted = (event.data?.keep ?? []).map((name) => new URL(name)).filter(kept)
  event.waitUntil(
    caches.open(SHELF).then(async (shelf) => {
      for (const address of wanted) {
        if (!(await shelf.match(address.href))) await shelf.add(address.href).catch(() => undefined)
      }
    })
  )
})

async function fromShelfFirst(request) {
  const found = await caches.match(request)
  if (found) return found
  const answer = await fetch(request)
  if (answer.ok) await (await caches.open(SHELF)).put(request, answer.clone())
  return answer
}

async function fromServerFirst(request) {
  try {
    const answer = await fetch(request)
    if (answer.ok) await (await caches.open(SHELF)).put('/field', answer.clone())
    if (answer.status < 500) return answer
    throw new Error(String(answer.status))
  } catch (failure) {
    const found = await caches.match('/field')
    if (found) return found
    throw failure
  }
}

self.addEventListener('fetch', (event) => {
  const address = new URL(event.request.url)
  if (event.request.method !== 'GET' || address.pathname.startsWith('/api/')) return
  if (event.request.mode === 'navigate') event.respondWith(fromServerFirst(event.request))
  else if (kept(address)) event.respondWith(fromShelfFirst(event.request))
})
