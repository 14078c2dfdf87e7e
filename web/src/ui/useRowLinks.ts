import { useRouter } from 'vue-router'

/** Another row of the same table body, seen from one row. */
export function neighbour(row: Element, key: string): HTMLElement | null {
  const rows = [...(row.parentElement?.children ?? [])].filter((one): one is HTMLElement => one instanceof HTMLElement && one.tabIndex === 0)
  const at = rows.indexOf(row as HTMLElement)
  const places: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }
  return rows[places[key] ?? -1] ?? null
}

/** Rows that open a page: by click, by Enter, and reached by the arrow keys. */
export function useRowLinks(): (open: string | (() => void)) => { tabindex: number; onClick: (event: MouseEvent) => void; onKeydown: (event: KeyboardEvent) => void } {
  const router = useRouter()
  return (open) => {
    const go = () => (typeof open === 'string' ? void router.push(open) : open())
    return {
      tabindex: 0,
      onClick(event) {
        if (!(event.target as HTMLElement).closest('a, button, input, label') && !globalThis.getSelection()?.toString()) go()
      },
      onKeydown(event) {
        const row = event.currentTarget as HTMLElement
        if (event.key === 'Enter' && event.target === row) return go()
        const next = event.target === row ? neighbour(row, event.key) : null
        if (next) {
          event.preventDefault()
          next.focus()
        }
      }
    }
  }
}
