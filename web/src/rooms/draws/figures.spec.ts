import { expect, it } from 'vitest'
import { figuresOf, stepsDone } from './figures'

it('counts the steps that are done, and none of a cancelled draw', () => {
  expect(['frozen', 'committed', 'drawn', 'opened', 'published', 'cancelled'].map(stepsDone)).toEqual([1, 2, 3, 4, 5, 0])
})

it('shows no drawn figure before the draw', () => {
  const figures = figuresOf({ expected: { separate: 9, merged: 8, shared: 5 } })
  expect([figures.doors, figures.strata.length, figures.expected.shared]).toEqual([0, 0, 5])
})
