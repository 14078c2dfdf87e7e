import { describe, expect, it } from 'vitest'
import { useKeyset } from './useKeyset'

describe('paging through a list that only knows what comes next', () => {
  it('goes on, back, and starts again', () => {
    const place = useKeyset<string>('')
    place.next('a')
    place.next('b')
    expect([place.cursor.value, place.page.value]).toEqual(['b', 3])
    place.back()
    expect([place.cursor.value, place.page.value]).toEqual(['a', 2])
    place.restart()
    expect([place.cursor.value, place.page.value]).toEqual(['', 1])
  })
  it('stays on the last page and before the first', () => {
    const place = useKeyset<number | null>(null)
    place.next(null)
    place.back()
    expect([place.cursor.value, place.page.value]).toEqual([null, 1])
  })
})
