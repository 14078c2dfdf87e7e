import type { Schemas } from '@/api/client'

type Item = Schemas['OrderOut']['items'][number]

/** One question that several duties ask is one finding to whoever reads the order: told once, with all its duties. */
export function distinctItems(items: readonly Item[]): (Item & { duties: string[] })[] {
  const found = new Map<string, Item & { duties: string[] }>()
  for (const item of items) {
    const key = `${item.text}\n${item.note}`
    const known = found.get(key)
    if (!known) found.set(key, { ...item, duties: [item.duty_name] })
    else if (!known.duties.includes(item.duty_name)) known.duties.push(item.duty_name)
  }
  return [...found.values()]
}
