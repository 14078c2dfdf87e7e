export interface Piece {
  text: string
  hit: boolean
}

/** A name cut at what was searched for, so that the page can mark it without markup from a string. */
export function pieces(name: string, wanted: string): Piece[] {
  const sought = wanted.trim().toLowerCase()
  const at = sought ? name.toLowerCase().indexOf(sought) : -1
  if (at < 0) return [{ text: name, hit: false }]
  const cut = [
    { text: name.slice(0, at), hit: false },
    { text: name.slice(at, at + sought.length), hit: true },
    { text: name.slice(at + sought.length), hit: false }
  ]
  return cut.filter((piece) => piece.text)
}

const groups: Record<string, readonly string[]> = {
  check: ['visit_planned', 'visit_done', 'obligation_done', 'past_inspection'],
  told: ['complaint'],
  penalty: ['penalty', 'order', 'order_closed']
}

/** The group of the timeline a moment belongs to; papers are everything else. */
export function groupOf(kind: string): string {
  return Object.keys(groups).find((group) => groups[group]?.includes(kind)) ?? 'paper'
}
