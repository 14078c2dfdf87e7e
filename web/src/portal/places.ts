import type { messages } from './messages'

/** What anybody may read without signing in, as the head of every public page shows it. */
export const places: readonly { to: string; key: keyof typeof messages }[] = [
  { to: '/public', key: 'yearPlans' },
  { to: '/public/draws', key: 'draws' }
]
