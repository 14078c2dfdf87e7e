import { expect, it } from 'vitest'
import { middleOf, shade } from './mapping'

it('puts the name of an outline in the middle of its area', () => {
  const square = { type: 'Feature' as const, properties: {}, geometry: { type: 'Polygon' as const, coordinates: [[[0, 0], [4, 0], [4, 2], [0, 2], [0, 0]]] } }
  expect(middleOf(square)).toEqual([2, 1])
})

it('shades by share, and leaves blank where nothing is owed', () => {
  expect(shade(0, 0)).toBe('#fbfdfc')
  expect([shade(0, 10), shade(5, 10), shade(10, 10)]).toEqual(['#eaf3ee', '#f9d9b8', '#e48f84'])
})
