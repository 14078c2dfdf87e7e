/** How the state of a version is coloured. */
export function stateTone(state: string): 'good' | 'warn' | 'bad' | 'brand' | '' {
  if (state === 'published') return 'good'
  if (state === 'approved') return 'brand'
  if (state === 'withdrawn') return 'bad'
  return state === 'draft' || state === 'submitted' ? 'warn' : ''
}
