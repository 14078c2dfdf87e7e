import { describe, expect, it } from 'vitest'
import { asPercent, depth, hoursOption, totals, type Report, type StationYear } from './figures'

const station = (over: Partial<StationYear>): StationYear => ({
  checks: Array(12).fill(2), lines: Array(12).fill(2), doors: Array(12).fill(1), minutes: Array(12).fill(60), travel: Array(12).fill(0), needed: Array(12).fill(120), available: Array(12).fill(240),
  doors_available: Array(12).fill(8), distinct: 9, bound: 10, officers: 4, above_cap: [1, 2], competences: {}, short: [], ...over
})
const report = { stations: { '440606005': station({}), '440606006': station({ bound: 5 }) } } as unknown as Report

describe('the figures of a year', () => {
  it('add up over all stations, or are those of the one chosen', () => {
    const all = totals(report, '')
    expect(all.doors).toEqual(Array(12).fill(2))
    expect([all.bound, all.officers, all.aboveCap]).toEqual([15, 8, [2, 4]])
    expect(totals(report, '440606006').bound).toBe(5)
    expect(totals(report, '440699999').checks).toEqual(Array(12).fill(0))
  })
  it('show a month beyond its hours in red', () => {
    const one = { ...totals(report, ''), needed: [600, ...Array(11).fill(60)] }
    const bars = hoursOption(one, [], { needed: 'n', available: 'a' }).series[0]?.data as { value: number; itemStyle: object }[]
    expect(bars[0]).toEqual({ value: 10, itemStyle: { color: '#b3261e' } })
    expect(bars[1]).toEqual({ value: 1, itemStyle: {} })
  })
  it('colour a cell by the fullest month and write a share as people type it', () => {
    expect(depth(3, [1, 6, 3])).toBe(0.5)
    expect(depth(0, [0, 0])).toBe(0)
    expect([asPercent(0.002), asPercent(0.29), asPercent(0.1 + 0.2)]).toEqual([0.2, 29, 30])
  })
})
