import { expect, it } from 'vitest'
import { aimOf, conditionsOf, nobodyYet, targetOf } from './target'

it('sends only what is chosen, and finds it again in the form', () => {
  const aim = { ...nobodyYet, risk: ['C', 'D'], industry: '52，62 ', school: 'no' as const }
  const target = targetOf(aim)
  expect(target).toEqual({ risk: ['C', 'D'], industry: ['52', '62'], school: false })
  expect(aimOf(target)).toEqual({ ...aim, industry: '52、62' })
  expect(targetOf(nobodyYet)).toEqual({})
})

it('tells the conditions in words', () => {
  const told = conditionsOf({ tag: ['食品'], school: true }, (name, code) => (name === 'school' ? '仅学校' : code))
  expect(told).toEqual([
    { name: 'tag', words: ['食品'] },
    { name: 'school', words: ['仅学校'] }
  ])
})
