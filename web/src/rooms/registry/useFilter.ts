import { computed, reactive, watch } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

/** The conditions of the list, as they stand in the address of the page. */
export const emptyFilter = { q: '', district: '', station: '', kind: '', section: '', industry: '', risk: '', state: '', tag: '', licence: '', equipment: '' }
export type Filter = typeof emptyFilter
export type Condition = keyof Filter

/** Only the conditions that are set. */
export function narrowed(filter: Filter): Partial<Filter> {
  return Object.fromEntries(Object.entries(filter).filter(([name, value]) => name in emptyFilter && value !== '' && value !== undefined))
}

/** The conditions an address names; anything else in it is left aside. */
export function fromAddress(query: LocationQuery): Filter {
  const known = Object.entries(query).filter(([name, value]) => name in emptyFilter && typeof value === 'string')
  return { ...emptyFilter, ...Object.fromEntries(known) }
}

/** The filter and the address of the page, each following the other. */
export function useFilter() {
  const route = useRoute()
  const router = useRouter()
  const filter = reactive<Filter>(fromAddress(route.query))
  const conditions = computed(() => narrowed(filter))
  const address = computed(() => new URLSearchParams(conditions.value as Record<string, string>).toString())
  const here = route.path
  watch(address, () => {
    if (route.path === here && address.value !== new URLSearchParams(narrowed(fromAddress(route.query)) as Record<string, string>).toString())
      void router.replace({ query: conditions.value })
  })
  watch(
    () => route.query,
    (query) => {
      if (route.path === here) Object.assign(filter, fromAddress(query))
    }
  )
  return { filter, conditions, address }
}
