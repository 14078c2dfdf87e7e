import { describe, expect, it } from 'vitest'
import { clock, daysBetween, minutesOf, months, number, percent, size } from './formats'

describe('numbers and days as they are written', () => {
  it('runs months over the end of a year', () => {
    expect(months('2026-11', 3)).toEqual(['2026-11', '2026-12', '2027-01'])
  })
  it('says nothing where there is no whole', () => {
    expect([percent(1, 0), percent(1, 3, 1), number(1_500_000)]).toEqual(['—', '33.3%', '1,500,000'])
  })
  it('counts days over the end of a month, and back', () => {
    expect([daysBetween('2026-11-30', '2026-12-02'), daysBetween('2026-12-02', '2026-11-30')]).toEqual([2, -2])
  })
  it('writes a time of day', () => {
    expect([clock(543), clock(1050), clock(1440)]).toEqual(['09:03', '17:30', '24:00'])
    expect([minutesOf('09:03'), minutesOf('00:00'), minutesOf('23:59')]).toEqual([543, 0, 1440])
  })
  it('writes sizes of files', () => {
    expect([size(512), size(2048), size(3_145_728)]).toEqual(['512 B', '2.0 KB', '3.0 MB'])
  })
})
