/** Keeps the pages of the product on the phone, so that it opens again while the server is away. Records are not its business. */

export function keepPages(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  void navigator.serviceWorker
    .register('/keeper.js')
    .then(() => navigator.serviceWorker.ready)
    .then((registration) => {
      const loaded = performance.getEntriesByType('resource').map((entry) => entry.name)
      registration.active?.postMessage({ keep: loaded })
    })
    .catch(() => undefined)
}
