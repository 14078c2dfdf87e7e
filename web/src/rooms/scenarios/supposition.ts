import type { Schemas } from '@/api/client'

type Supposition = Schemas['SuppositionIn']
type Text = (key: 'officers' | 'competence' | 'competencePeople' | 'minutes' | 'days' | 'doors' | 'forward' | 'cap') => string

/** What is supposed, one line each; `duty` names a duty by its code. */
export function inWords(given: Supposition, text: Text, duty: (code: string) => string): string[] {
  const lines: string[] = []
  if (given.officers) lines.push(`${text('officers')} ${given.officers > 0 ? '+' : ''}${given.officers}`)
  if (given.competence && given.competence_people) lines.push(`${text('competence')} ${given.competence} × ${given.competence_people}`)
  const bounds = [
    ['minutes', given.minutes_per_day],
    ['days', given.field_days_per_week],
    ['doors', given.doors_per_team_day],
    ['forward', given.pull_forward_days],
    ['cap', given.entries_a_year]
  ] as const
  for (const [key, value] of bounds) if (value !== null && value !== undefined) lines.push(`${text(key)} ${value}`)
  for (const [code, factor] of Object.entries(given.factors ?? {})) lines.push(`${duty(code)} × ${factor}`)
  return lines
}

/** A change with its sign; none where nothing changes. */
export function change(before: number, after: number): string {
  const by = Math.round((after - before) * 10) / 10
  if (!by) return '—'
  const share = before ? `（${by > 0 ? '+' : '−'}${Math.abs((100 * by) / before).toFixed(1)}%）` : ''
  return `${by > 0 ? '+' : '−'}${Math.abs(by).toLocaleString('zh-CN')}${share}`
}
