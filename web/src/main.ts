import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import '@/app/trusted'
import 'tdesign-vue-next/es/style/index.css'
import '@/app/theme.css'
import App from '@/app/App.vue'
import { router } from '@/app/router'
import { Refused } from '@/api/client'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      retry: (count, failure) => count < 2 && failure instanceof Refused && failure.problem.status === 0
    }
  }
})

createApp(App).use(router).use(VueQueryPlugin, { queryClient: queries }).mount('#app')
