import { expect, it } from 'vitest'
import { fieldsOption, trendOption } from './charts'

const say = (key: string) => key

it('splits what is open into overdue and in time, so that the bar is not longer than what is owed', () => {
  const option = fieldsOption([{ field: 'catering', label: '餐饮服务', due: 10, done: 3, overdue: 4 }], say)
  expect(option.series.map((one) => one.data)).toEqual([[4], [6], [3]])
  expect(option.yAxis.data).toEqual(['餐饮服务'])
})

it('names months without their first day', () => {
  const option = trendOption([{ month: '2026-11-01', visits: 5, visits_done: 2, obligations: 8 }], say)
  expect(option.xAxis.data).toEqual(['2026-11'])
})
