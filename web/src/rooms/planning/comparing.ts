import { number, percent } from '@/ui/formats'
import type { Report } from './report'

type Key = 'due' | 'obligations' | 'visits' | 'bound' | 'gap' | 'leftOut' | 'hoursUsed' | 'travelKm' | 'officersCount' | 'teamDays'
export interface Line {
  key: Key
  left: string
  right: string
  change: string
  tone: 'up' | 'down' | ''
}

/** A difference as it is read: with its sign, or a dash. */
export const signed = (value: number, digits = 0): string => (value === 0 ? '—' : `${value > 0 ? '+' : '−'}${number(Number(Math.abs(value).toFixed(digits)))}`)

const figures: readonly { key: Key; of: (one: Report) => number; less: boolean; digits?: number; share?: boolean }[] = [
  { key: 'due', of: (one) => one.due, less: false },
  { key: 'obligations', of: (one) => one.obligations, less: false },
  { key: 'visits', of: (one) => one.visits, less: true },
  { key: 'bound', of: (one) => one.lower_bound, less: false },
  { key: 'gap', of: (one) => one.gap, less: true, share: true },
  { key: 'leftOut', of: (one) => one.left_out, less: true },
  { key: 'hoursUsed', of: (one) => one.minutes_used / 60, less: true, digits: 1 },
  { key: 'travelKm', of: (one) => one.travel_km, less: true, digits: 1 },
  { key: 'teamDays', of: (one) => one.team_days, less: true },
  { key: 'officersCount', of: (one) => one.officers, less: false }
]

/** The figures of two plans line by line; less is better where it is said so. */
export function compared(left: Report, right: Report): Line[] {
  return figures.map(({ key, of, less, digits = 0, share }) => {
    const [was, now] = [of(left), of(right)]
    const change = Number((now - was).toFixed(4))
    const write = (value: number) => (share ? percent(value, 1, 1) : number(Number(value.toFixed(digits))))
    return { key, left: write(was), right: write(now), change: share ? (change ? `${change > 0 ? '+' : '−'}${percent(Math.abs(change), 1, 1)}` : '—') : signed(change, digits), tone: !less || !change ? '' : change < 0 ? 'up' : 'down' }
  })
}
