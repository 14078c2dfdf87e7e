import { expect, it } from 'vitest'
import { menuOf } from './places'

it('shows a clerk the register and the law, and no group that would be empty', () => {
  const held = new Set(['overview.read', 'entity.read', 'duty.read'])
  const menu = menuOf((permission) => held.has(permission))
  expect(menu.map((group) => [group.key, group.places.map((place) => place.to)])).toEqual([
    ['supervise', ['/', '/register']],
    ['basis', ['/duties']]
  ])
})
