import { expect, it } from 'vitest'
import { readBeacon } from './beacon'

it('reads what a relay hands out and nothing else', () => {
  expect(readBeacon('{"round": 5, "randomness": "aa", "signature": "bb", "previous_signature": "cc"}')).toEqual({ round: 5, randomness: 'aa', signature: 'bb' })
  expect(['', 'x', '5', 'null', '{"round": "5", "randomness": "aa", "signature": "bb"}', '[]'].map(readBeacon)).toEqual([null, null, null, null, null, null])
})
