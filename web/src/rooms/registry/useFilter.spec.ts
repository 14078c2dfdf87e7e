import { describe, expect, it } from 'vitest'
import { emptyFilter, fromAddress, narrowed } from './useFilter'

describe('the filter in the address', () => {
  it('names only the conditions that are set', () => {
    expect(narrowed({ ...emptyFilter, q: '大良', risk: 'C' })).toEqual({ q: '大良', risk: 'C' })
  })
  it('leaves out what is no condition of the list', () => {
    expect(narrowed({ ...emptyFilter, ...({ evil: 'x' } as object) })).toEqual({})
  })
  it('reads an address somebody sent, and forgets what it does not know', () => {
    expect(narrowed(fromAddress({ station: '440606005', evil: 'x', risk: ['A', 'B'] }))).toEqual({ station: '440606005' })
  })
})
