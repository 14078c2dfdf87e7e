import { computed, shallowRef, type ComputedRef } from 'vue'

/** The way through a keyset list: each page knows the next place only, so the places passed are kept to go back. */
export interface Keyset<C> {
  cursor: ComputedRef<C>
  page: ComputedRef<number>
  next: (place: C | null | undefined) => void
  back: () => void
  restart: () => void
}

export function useKeyset<C>(start: C): Keyset<C> {
  const trail = shallowRef<readonly C[]>([start])
  return {
    cursor: computed(() => trail.value[trail.value.length - 1] as C),
    page: computed(() => trail.value.length),
    next: (place) => {
      if (place !== null && place !== undefined) trail.value = [...trail.value, place]
    },
    back: () => {
      if (trail.value.length > 1) trail.value = trail.value.slice(0, -1)
    },
    restart: () => {
      if (trail.value.length > 1) trail.value = [start]
    }
  }
}
