import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { ask, client } from '@/api/client'

/** Words of the codes a target holds: kinds, licences, equipment and labels with their counts, and the units of a scope. */
export function useLabels() {
  const { data: facets } = useQuery({ queryKey: ['facets', 'unit'], queryFn: () => ask(client.GET('/api/entities/facets')), staleTime: 300_000 })
  const { data: divisions } = useQuery({ queryKey: ['divisions', 'upper'], queryFn: () => ask(client.GET('/api/places/divisions')), staleTime: Infinity })
  const { data: duties } = useQuery({ queryKey: ['duties'], queryFn: () => ask(client.GET('/api/duties')), staleTime: Infinity })
  const values = (name: string) => facets.value?.find((one) => one.facet === name)?.values ?? []
  const places = computed(() => new Map((divisions.value ?? []).map((one) => [one.code, one.name])))
  const dutyNames = computed(() => new Map((duties.value ?? []).map((one) => [one.code, one.name])))
  const label = (name: string, code: string) => (name === 'unit' ? places.value.get(code) : values(name).find((one) => one.value === code)?.label) ?? code
  return { values, places, divisions, duties, dutyNames, label }
}
