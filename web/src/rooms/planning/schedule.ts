import type { Schemas } from '@/api/client'

export type Visit = Schemas['VisitOut']
export interface Route {
  key: string
  day: string
  team: number
  officers: string[]
  visits: Visit[]
  minutes: number
}

/** The routes of some visits: one per day and team, in the order in which the doors are entered. */
export function routesOf(visits: readonly Visit[]): Route[] {
  const groups = new Map<string, Visit[]>()
  for (const one of visits) {
    const key = `${one.visit_on}/${String(one.team).padStart(3, '0')}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.entries()].toSorted(([a], [b]) => a.localeCompare(b)).map(([key, found]) => {
    const ordered = found.toSorted((a, b) => a.sequence - b.sequence)
    const first = ordered[0] as Visit
    return { key, day: first.visit_on, team: first.team, officers: first.officers, visits: ordered, minutes: ordered.reduce((sum, one) => sum + one.minutes + one.travel_minutes, 0) }
  })
}

const begins = 9 * 60

/** When each door of a route is reached, in minutes after midnight: as planned, else reckoned from nine o'clock on. */
export function arrivals(route: Route): { visit: Visit; at: number; reckoned: boolean }[] {
  let clock = begins
  return route.visits.map((visit) => {
    const at = visit.starts_at ?? clock + visit.travel_minutes
    clock = at + visit.minutes
    return { visit, at, reckoned: visit.starts_at === null }
  })
}

/** The days from the Monday of a day's week to its Sunday, or of its month; both ends included. */
export function spanOf(view: 'month' | 'week', day: string): { first: string; last: string } {
  const at = new Date(`${day}T00:00:00Z`)
  if (view === 'month') {
    const end = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0))
    return { first: `${day.slice(0, 8)}01`, last: end.toISOString().slice(0, 10) }
  }
  at.setUTCDate(at.getUTCDate() - ((at.getUTCDay() + 6) % 7))
  const first = at.toISOString().slice(0, 10)
  at.setUTCDate(at.getUTCDate() + 6)
  return { first, last: at.toISOString().slice(0, 10) }
}

/** The same place one view later (1) or earlier (-1): a week on, or the first of the next month. */
export function stepped(view: 'month' | 'week', day: string, step: number): string {
  const at = new Date(`${day}T00:00:00Z`)
  if (view === 'week') at.setUTCDate(at.getUTCDate() + 7 * step)
  else at.setUTCMonth(at.getUTCMonth() + step, 1)
  return at.toISOString().slice(0, 10)
}

/** Monday is 0. */
export const weekdayOf = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
