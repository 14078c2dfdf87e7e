/** Numbers, days and moments as they are written in China. */
export const number = (value: number): string => value.toLocaleString('zh-CN')

export const percent = (part: number, whole: number, digits = 0): string =>
  whole ? `${((100 * part) / whole).toFixed(digits)}%` : '—'

export function moment(iso: string | null | undefined): string {
  if (!iso) return '—'
  const at = new Date(iso)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}

export function months(first: string, count: number): string[] {
  const [year = 2026, month = 1] = first.split('-').map(Number)
  return Array.from({ length: count }, (_, step) => {
    const place = year * 12 + month - 1 + step
    return `${Math.floor(place / 12)}-${String((place % 12) + 1).padStart(2, '0')}`
  })
}
