import { expect, it } from 'vitest'
import { decides, stepsDone } from './stages'

it('counts the steps, filing among them', () => {
  const steps = (state: string, filed_ref = '') => stepsDone({ state, filed_ref })
  expect([steps('draft'), steps('submitted'), steps('approved'), steps('approved', 'x'), steps('running', 'x'), steps('closed', 'x'), steps('withdrawn')]).toEqual([1, 2, 3, 4, 5, 6, 0])
})

it('lets the level above decide, and the city about its own', () => {
  expect([decides({ unit: '440606' }, '4406'), decides({ unit: '440606' }, '440606'), decides({ unit: '440606' }, '440605'), decides({ unit: '4406' }, '4406')]).toEqual([true, false, false, true])
})
