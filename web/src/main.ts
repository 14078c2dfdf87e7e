import { QueryCache, QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp, watch } from 'vue'
import '@/app/trusted'
import 'tdesign-vue-next/es/style/index.css'
import '@/app/theme.css'
import App from '@/app/App.vue'
import { router } from '@/app/router'
import { forget, useSession } from '@/app/session'
import { Refused } from '@/api/client'

/** A session that ended elsewhere leads back to the door, and from there to where the person was. */
function ended(failure: unknown): void {
  const place = router.currentRoute.value
  if (!(failure instanceof Refused) || failure.problem.status !== 401 || place.meta.bare) return
  forget()
  void router.push({ path: '/sign-in', query: { to: place.fullPath } })
}

const queries = new QueryClient({
  queryCache: new QueryCache({ onError: ended }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      retry: (count, failure) => count < 2 && failure instanceof Refused && failure.problem.status === 0
    }
  }
})

// What one person was shown is not there for the next one at the same screen.
watch(useSession().account, (now, before) => {
  if (before && now?.id !== before.id) queries.clear()
})

createApp(App).use(router).use(VueQueryPlugin, { queryClient: queries }).mount('#app')
