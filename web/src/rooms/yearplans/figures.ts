import type { Schemas } from '@/api/client'

export type Report = Schemas['YearReportOut']
export type StationYear = Schemas['StationYearOut']
type ByMonth = 'checks' | 'lines' | 'doors' | 'minutes' | 'needed' | 'available'
export interface Totals extends Record<ByMonth, number[]> {
  bound: number
  officers: number
  aboveCap: [doors: number, entries: number]
}

const months = Array.from({ length: 12 }, (_, at) => at)
export const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0)

/** The year of one station, or of all stations of the plan. */
export function totals(report: Report, station: string): Totals {
  const chosen = Object.entries(report.stations)
    .filter(([code]) => !station || code === station)
    .map(([, one]) => one)
  const added = (name: ByMonth) => months.map((at) => sum(chosen.map((one) => one[name][at] ?? 0)))
  return {
    checks: added('checks'),
    lines: added('lines'),
    doors: added('doors'),
    minutes: added('minutes'),
    needed: added('needed'),
    available: added('available'),
    bound: sum(chosen.map((one) => one.bound)),
    officers: sum(chosen.map((one) => one.officers)),
    aboveCap: [sum(chosen.map((one) => one.above_cap[0] ?? 0)), sum(chosen.map((one) => one.above_cap[1] ?? 0))]
  }
}

const lines = { splitLine: { lineStyle: { color: '#e8eeef' } } }
const axis = { axisTick: { show: false }, axisLine: { lineStyle: { color: '#8fa3a7' } } }
const legend = { top: 0, right: 0, itemWidth: 12, itemHeight: 10 }
const hours = (minutes: number[]) => minutes.map((one) => Math.round(one / 60))

/** Needed against available team hours, month by month; what goes beyond is red. */
export function hoursOption(one: Totals, names: string[], say: { needed: string; available: string }) {
  const over = one.needed.map((minutes, at) => minutes > (one.available[at] ?? 0))
  return {
    grid: { left: 52, right: 12, top: 30, bottom: 24 },
    legend,
    tooltip: { trigger: 'axis' },
    xAxis: { type: 'category', ...axis, data: names },
    yAxis: { type: 'value', minInterval: 1, ...lines },
    series: [
      { name: say.needed, type: 'bar', barMaxWidth: 22, color: '#0b5563', data: hours(one.needed).map((value, at) => ({ value, itemStyle: over[at] ? { color: '#b3261e' } : {} })) },
      { name: say.available, type: 'line', step: 'middle', symbol: 'none', color: '#b7791f', data: hours(one.available) }
    ]
  }
}

/** Entries month by month: every duty alone, every line alone, merged. */
export function doorsOption(one: Totals, names: string[], say: { checks: string; lines: string; doors: string }) {
  const bar = (name: string, color: string, data: number[]) => ({ name, type: 'bar', barMaxWidth: 12, barGap: '10%', color, data })
  return {
    grid: { left: 52, right: 12, top: 30, bottom: 24 },
    legend,
    tooltip: { trigger: 'axis' },
    xAxis: { type: 'category', ...axis, data: names },
    yAxis: { type: 'value', minInterval: 1, ...lines },
    series: [bar(say.checks, '#c4d6d9', one.checks), bar(say.lines, '#6fa3ad', one.lines), bar(say.doors, '#0b5563', one.doors)]
  }
}

/** How deep a month's cell is coloured: its checks against the task's fullest month. */
export const depth = (count: number, row: readonly number[]): number => count / Math.max(1, ...row)

/** A share of 0 to 1 as the percentage people type, without noise of the arithmetic. */
export const asPercent = (share: number): number => Number((100 * share).toPrecision(6))
