import { describe, expect, it } from 'vitest'
import { emptyFilter, narrowed } from './useFilter'

describe('the filter in the address', () => {
  it('names only the conditions that are set', () => {
    expect(narrowed({ ...emptyFilter, q: '大良', risk: 'C' })).toEqual({ q: '大良', risk: 'C' })
  })
  it('leaves out what is no condition of the list', () => {
    expect(narrowed({ ...emptyFilter, ...({ evil: 'x' } as object) })).toEqual({})
  })
})
