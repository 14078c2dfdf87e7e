/** The conditions of the list, as they stand in the address of the page. */
export const emptyFilter = { q: '', district: '', station: '', kind: '', section: '', industry: '', risk: '', state: '', tag: '', licence: '', equipment: '' }
export type Filter = typeof emptyFilter

/** Only the conditions that are set. */
export function narrowed(filter: Filter): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).filter(([name, value]) => name in emptyFilter && value !== '' && value !== undefined))
}
