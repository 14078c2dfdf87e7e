import type { Schemas } from '@/api/client'

export type Target = Schemas['TargetIn']
/** The conditions as the form holds them: lists, and words for what is typed. */
export interface Aim {
  risk: string[]
  tag: string[]
  kind: string[]
  licence: string[]
  equipment: string[]
  unit: string[]
  industry: string
  school: '' | 'yes' | 'no'
}
export const nobodyYet: Aim = { risk: [], tag: [], kind: [], licence: [], equipment: [], unit: [], industry: '', school: '' }
const lists = ['risk', 'tag', 'kind', 'licence', 'equipment', 'unit'] as const

/** The form as it goes over the wire: only what is chosen. */
export function targetOf(aim: Aim): Target {
  const target: Target = {}
  for (const name of lists) if (aim[name].length) target[name] = [...aim[name]]
  const codes = aim.industry.split(/[,，、\s]+/).filter(Boolean)
  if (codes.length) target.industry = codes
  if (aim.school) target.school = aim.school === 'yes'
  return target
}

/** A target back in the form. */
export function aimOf(target: Target): Aim {
  const aim: Aim = { ...nobodyYet, industry: (target.industry ?? []).join('、'), school: target.school == null ? '' : target.school ? 'yes' : 'no' }
  for (const name of lists) aim[name] = [...(target[name] ?? [])]
  return aim
}

/** The conditions one by one, in the order in which they are read; `label` gives the word of a code. */
export function conditionsOf(target: Target, label: (name: string, code: string) => string): { name: keyof Target; words: string[] }[] {
  const found: { name: keyof Target; words: string[] }[] = []
  for (const name of [...lists, 'industry', 'section'] as const) {
    const codes = target[name]
    if (codes?.length) found.push({ name, words: codes.map((code) => label(name, code)) })
  }
  if (target.school != null) found.push({ name: 'school', words: [label('school', target.school ? 'yes' : 'no')] })
  return found
}
