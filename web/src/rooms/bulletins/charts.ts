import type { Schemas } from '@/api/client'

type Say = (key: 'late' | 'onTime' | 'met' | 'tasks' | 'entries' | 'entered') => string
const lines = { splitLine: { lineStyle: { color: '#e8eeef' } } }
const legend = { top: 0, right: 0, itemWidth: 12, itemHeight: 10 }

/** What is owed by field of the law: overdue, in time, met. */
export function fieldsOption(rows: readonly Schemas['FieldFigures'][], say: Say) {
  const bar = (name: string, color: string, data: number[]) => ({ name, type: 'bar', stack: 'a', barMaxWidth: 16, color, cursor: 'pointer', data })
  return {
    grid: { left: 92, right: 20, top: 30, bottom: 24 },
    legend,
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' } },
    xAxis: { type: 'value', minInterval: 1, ...lines },
    yAxis: { type: 'category', inverse: true, axisTick: { show: false }, axisLine: { lineStyle: { color: '#8fa3a7' } }, data: rows.map((one) => one.label) },
    series: [
      bar(say('late'), '#b3261e', rows.map((one) => one.overdue)),
      bar(say('onTime'), '#86b3bb', rows.map((one) => one.due - one.overdue)),
      bar(say('met'), '#1a6f40', rows.map((one) => one.done))
    ]
  }
}

/** Checks carried against doors entered, month by month. */
export function trendOption(rows: readonly Schemas['TrendFigures'][], say: Say) {
  return {
    grid: { left: 48, right: 12, top: 30, bottom: 24 },
    legend,
    tooltip: { trigger: 'axis' },
    xAxis: { type: 'category', axisTick: { show: false }, axisLine: { lineStyle: { color: '#8fa3a7' } }, data: rows.map((one) => one.month.slice(0, 7)) },
    yAxis: { type: 'value', minInterval: 1, ...lines },
    series: [
      { name: say('tasks'), type: 'bar', barMaxWidth: 18, color: '#b9d9dd', data: rows.map((one) => one.obligations) },
      { name: say('entries'), type: 'bar', barMaxWidth: 18, color: '#0b5563', data: rows.map((one) => one.visits) },
      { name: say('entered'), type: 'line', symbolSize: 7, color: '#b7791f', data: rows.map((one) => one.visits_done) }
    ]
  }
}
