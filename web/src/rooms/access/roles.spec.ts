import { describe, expect, it } from 'vitest'
import { fitsRole } from './roles'

describe('the unit of a role', () => {
  it('is a station for a clerk, a district for a district bureau and the city for a steward', () => {
    expect([fitsRole('440606005', 'clerk'), fitsRole('440606', 'district'), fitsRole('4406', 'steward')]).toEqual([true, true, true])
  })
  it('is no district for a station head', () => {
    expect(fitsRole('440606', 'station_head')).toBe(false)
  })
})
