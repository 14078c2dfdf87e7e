import { expect, it } from 'vitest'
import { change, inWords } from './supposition'

const nothing = { officers: 0, competence: '', competence_people: 0, minutes_per_day: null, field_days_per_week: null, doors_per_team_day: null, pull_forward_days: null, entries_a_year: null, factors: {} }

it('says only what is supposed', () => {
  expect(inWords(nothing, (key) => key, (code) => code)).toEqual([])
  expect(inWords({ ...nothing, officers: -2, pull_forward_days: 0, entries_a_year: 2, factors: { 'CY-01': 0.5 } }, (key) => key, () => '餐饮')).toEqual(['officers -2', 'forward 0', 'cap 2', '餐饮 × 0.5'])
})

it('writes a change with its sign and share', () => {
  expect(change(200, 150)).toBe('−50（−25.0%）')
  expect(change(0, 3)).toBe('+3')
  expect(change(5, 5)).toBe('—')
})
