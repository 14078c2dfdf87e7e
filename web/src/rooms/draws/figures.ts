/** What a draw's `figures` hold; nothing of what is drawn before it is drawn. */
export interface Figures {
  expected: { separate: number; merged: number; shared: number }
  doors: number
  separate: number
  lacking: number
  owed: number
  excluded: Record<string, number>
  conflicts: number
  expired: string[]
  cap: { entries: Record<string, number>; official: boolean } | null
  strata: { department: string; letter: string; rate: string; eligible: number; drawn: number }[]
}

const nothing: Figures = { expected: { separate: 0, merged: 0, shared: 0 }, doors: 0, separate: 0, lacking: 0, owed: 0, excluded: {}, conflicts: 0, expired: [], cap: null, strata: [] }

export const figuresOf = (told: Record<string, unknown>): Figures => ({ ...nothing, ...told })

export const stages = ['frozen', 'committed', 'drawn', 'opened', 'published'] as const

/** How many of the five steps are done. */
export const stepsDone = (state: string): number => stages.findIndex((one) => one === state) + 1
