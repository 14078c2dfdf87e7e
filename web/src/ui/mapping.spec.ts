import { expect, it } from 'vitest'
import { middleOf, shade, spread, wayStyle } from './mapping'

it('puts the name of an outline in the middle of its area', () => {
  const square = { type: 'Feature' as const, properties: {}, geometry: { type: 'Polygon' as const, coordinates: [[[0, 0], [4, 0], [4, 2], [0, 2], [0, 0]]] } }
  expect(middleOf(square)).toEqual([2, 1])
})

it('shades by share, and leaves blank where nothing is owed', () => {
  expect(shade(0, 0)).toBe('#fbfdfc')
  expect([shade(0, 10), shade(5, 10), shade(10, 10)]).toEqual(['#eaf3ee', '#f9d9b8', '#e48f84'])
})

it('moves marks that cover each other apart, and lets the others stand', () => {
  const marks = [{ x: 0, y: 0, size: 20 }, { x: 4, y: 0, size: 20 }, { x: 100, y: 0, size: 20 }]
  const [left, right, far] = spread(marks)
  expect(left?.[0]).toBeCloseTo(-6)
  expect(right?.[0]).toBeCloseTo(6)
  expect(far).toEqual([0, 0])
})

it('draws ways in colours that carry white words, and tells the ninth from the first by its stroke', () => {
  const light = (hex: string) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)).reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at]!, 0)
  const styles = Array.from({ length: 32 }, (_, at) => wayStyle(at))
  for (const one of styles) expect(1.05 / (light(one.colour) + 0.05)).toBeGreaterThan(4.5)
  expect(new Set(styles.map((one) => JSON.stringify(one))).size).toBe(32)
})
