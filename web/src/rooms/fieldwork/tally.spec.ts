import { expect, it } from 'vitest'
import { tally } from './tally'

it('counts the outcomes of a visit', () => {
  expect(tally([{ outcome: 'pass' }, { outcome: 'fail' }, { outcome: 'pass' }, { outcome: 'na' }])).toEqual({ pass: 2, fail: 1, na: 1 })
})
