import { expect, it } from 'vitest'
import { groupOf, pieces } from './pieces'

it('marks what was searched for inside a name, and shows the whole name in any case', () => {
  expect(pieces('佛山市大良双皮奶店', '大良')).toEqual([
    { text: '佛山市', hit: false },
    { text: '大良', hit: true },
    { text: '双皮奶店', hit: false }
  ])
  expect(pieces('<b>店</b>', '大凉')).toEqual([{ text: '<b>店</b>', hit: false }])
  expect(pieces('ABC 店', 'abc').map((one) => one.text).join('')).toBe('ABC 店')
})

it('files a moment of a kind it does not know under papers', () => {
  expect([groupOf('visit_done'), groupOf('penalty'), groupOf('complaint'), groupOf('licence')]).toEqual(['check', 'penalty', 'told', 'paper'])
})
