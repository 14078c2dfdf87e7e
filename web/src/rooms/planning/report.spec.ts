import { describe, expect, it } from 'vitest'
import { monthCells, reportOf, weekDays } from './report'

describe('the month on the calendar', () => {
  it('begins on its weekday and knows its weekends', () => {
    const cells = monthCells('2026-11-01')
    expect(cells.slice(0, 7).map((one) => one.number)).toEqual([0, 0, 0, 0, 0, 0, 1])
    expect(cells.filter((one) => one.weekend).map((one) => one.number)).toEqual([1, 7, 8, 14, 15, 21, 22, 28, 29])
    expect(cells.at(-1)?.day).toBe('2026-11-30')
  })
  it('gives February of a leap year its day', () => {
    expect(monthCells('2028-02').at(-1)?.day).toBe('2028-02-29')
  })
})

it('reads an older report that lacks a figure as none', () => {
  expect(reportOf({ visits: 4 })).toMatchObject({ visits: 4, missing: [], left_out: 0, bounds: null })
})

describe('the days of a week', () => {
  it('are Monday to Friday, and a weekend day only when somebody works on it', () => {
    expect(weekDays('2026-12-09', new Set())).toEqual(['2026-12-07', '2026-12-08', '2026-12-09', '2026-12-10', '2026-12-11'])
    expect(weekDays('2026-12-13', new Set(['2026-12-12'])).at(-1)).toBe('2026-12-12')
  })
})
