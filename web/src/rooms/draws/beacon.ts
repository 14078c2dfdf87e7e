import type { Schemas } from '@/api/client'

/** A round of the beacon from a relay's file; null where the text is none. */
export function readBeacon(words: string): Schemas['BeaconIn'] | null {
  try {
    const told = JSON.parse(words) as Partial<Record<keyof Schemas['BeaconIn'], unknown>>
    const { round, randomness, signature } = told
    return typeof round === 'number' && typeof randomness === 'string' && typeof signature === 'string' ? { round, randomness, signature } : null
  } catch {
    return null
  }
}
