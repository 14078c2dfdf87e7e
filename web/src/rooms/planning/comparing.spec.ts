import { expect, it } from 'vitest'
import { compared, signed } from './comparing'
import { reportOf } from './report'

it('sets two plans side by side and says which way is better', () => {
  const lines = compared(reportOf({ visits: 40, lower_bound: 38, gap: 0.0526, minutes_used: 630, left_out: 0 }), reportOf({ visits: 38, lower_bound: 38, gap: 0, minutes_used: 600, left_out: 3 }))
  const of = (key: string) => lines.find((one) => one.key === key)
  expect(of('visits')).toEqual({ key: 'visits', left: '40', right: '38', change: '−2', tone: 'up' })
  expect(of('bound')).toMatchObject({ change: '—', tone: '' })
  expect(of('gap')).toMatchObject({ left: '5.3%', right: '0.0%', change: '−5.3%', tone: 'up' })
  expect(of('hoursUsed')).toMatchObject({ left: '10.5', right: '10', change: '−0.5' })
  expect(of('leftOut')).toMatchObject({ change: '+3', tone: 'down' })
  expect([signed(0), signed(1200), signed(-0.25, 1)]).toEqual(['—', '+1,200', '−0.3'])
})
