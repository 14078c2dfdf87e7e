/** Numbers, days and moments as they are written in China. */
export const number = (value: number): string => value.toLocaleString('zh-CN')

export const percent = (part: number, whole: number, digits = 0): string =>
  whole ? `${((100 * part) / whole).toFixed(digits)}%` : '—'

const two = (value: number) => String(value).padStart(2, '0')

export function moment(iso: string | null | undefined): string {
  if (!iso) return '—'
  const at = new Date(iso)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/** A time of day from minutes after midnight. */
export const clock = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`

/** Minutes after midnight from a time of day; a minute before midnight counts as midnight. */
export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes === 1439 ? 1440 : hours * 60 + minutes
}

export function months(first: string, count: number): string[] {
  const [year = 2026, month = 1] = first.split('-').map(Number)
  return Array.from({ length: count }, (_, step) => {
    const place = year * 12 + month - 1 + step
    return `${Math.floor(place / 12)}-${two((place % 12) + 1)}`
  })
}

/** Whole days from one day to another, both as YYYY-MM-DD. */
export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)

/** Bytes as people read them. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1_048_576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`
}
