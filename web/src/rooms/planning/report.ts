/** The report of a plan, as the planner wrote it. */
export interface Report {
  due: number
  obligations: number
  visits: number
  doors: number
  saved: number
  one_visit_each: number
  lower_bound: number
  gap: number
  left_out: number
  done_ahead: number
  teams: number
  team_days: number
  officers: number
  working_days: number
  minutes_used: number
  minutes_available: number
  travel_km: number
  holidays_official: boolean
  missing: string[]
  splits: string[]
  contradictions: string[]
  contradictions_count: number
  without_place: number
  left_out_by_reason: { reason: string; label: string; count: number }[]
  bounds: { detour: number; speed_kmh: number; door_minutes: number; team_minimum: number; minutes_per_day: number; doors_per_team_day: number; field_days_per_week: number } | null
}

const nothing: Report = {
  due: 0, obligations: 0, visits: 0, doors: 0, saved: 0, one_visit_each: 0, lower_bound: 0, gap: 0, left_out: 0, done_ahead: 0, teams: 0, team_days: 0, officers: 0,
  working_days: 0, minutes_used: 0, minutes_available: 0, travel_km: 0, holidays_official: true, missing: [], splits: [], contradictions: [], contradictions_count: 0, without_place: 0, left_out_by_reason: [], bounds: null
}

export const reportOf = (raw: Record<string, unknown>): Report => ({ ...nothing, ...(raw as Partial<Report>) })

export interface Cell {
  key: string
  day: string
  number: number
  weekend: boolean
}

/** The cells of a month from Monday on; cells before the first have no number. */
export function monthCells(month: string): Cell[] {
  const [year = 2026, place = 1] = month.split('-').map(Number)
  const lead = (new Date(year, place - 1, 1).getDay() + 6) % 7
  const count = new Date(year, place, 0).getDate()
  const blank = Array.from({ length: lead }, (_, at) => ({ key: `blank-${at}`, day: '', number: 0, weekend: false }))
  const days = Array.from({ length: count }, (_, at) => {
    const day = `${month.slice(0, 7)}-${String(at + 1).padStart(2, '0')}`
    return { key: day, day, number: at + 1, weekend: (lead + at) % 7 > 4 }
  })
  return [...blank, ...days]
}

const iso = (at: Date) => at.toISOString().slice(0, 10)

/** Monday to Sunday of the week of a day (YYYY-MM-DD), weekdays always, weekend days only where `busy` names them. */
export function weekDays(day: string, busy: ReadonlySet<string>): string[] {
  const monday = new Date(`${day}T00:00:00Z`)
  monday.setUTCDate(monday.getUTCDate() - ((monday.getUTCDay() + 6) % 7))
  return Array.from({ length: 7 }, (_, at) => {
    const one = new Date(monday)
    one.setUTCDate(monday.getUTCDate() + at)
    return iso(one)
  }).filter((one, at) => at < 5 || busy.has(one))
}
