import { expect, it } from 'vitest'
import { neighbour } from './useRowLinks'

it('walks the rows that can be opened and stops at both ends', () => {
  const body = document.createElement('tbody')
  const [first, heading, last] = ['a', 'b', 'c'].map((id) => {
    const row = document.createElement('tr')
    row.id = id
    body.append(row)
    return row
  }) as unknown as [HTMLElement, HTMLElement, HTMLElement]
  first.tabIndex = last.tabIndex = 0
  heading.tabIndex = -1
  expect(neighbour(first, 'ArrowDown')?.id).toBe('c')
  expect(neighbour(last, 'ArrowUp')?.id).toBe('a')
  expect(neighbour(last, 'ArrowDown')).toBeNull()
  expect(neighbour(last, 'Home')?.id).toBe('a')
  expect(neighbour(first, 'x')).toBeNull()
})
