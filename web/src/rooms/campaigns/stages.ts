import type { Schemas } from '@/api/client'

type Campaign = Schemas['CampaignOut']
export const tones: Record<string, string> = { draft: '', submitted: 'warn', approved: 'brand', running: 'brand', closed: 'good', withdrawn: 'bad' }

/** How many of the six steps are done: drafted, submitted, approved, filed, started, ended. */
export function stepsDone(one: Pick<Campaign, 'state' | 'filed_ref'>): number {
  if (one.state === 'approved') return one.filed_ref ? 4 : 3
  return { draft: 1, submitted: 2, running: 5, closed: 6 }[one.state] ?? 0
}

/** Whether somebody of `unit` decides about the campaign: a unit above it, or the city about its own. */
export const decides = (one: Pick<Campaign, 'unit'>, unit: string): boolean => one.unit.startsWith(unit) && (unit.length < one.unit.length || unit.length === 4)
