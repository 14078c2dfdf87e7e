import { describe, expect, it } from 'vitest'
import { arrivals, routesOf, spanOf, stepped, weekdayOf, type Visit } from './schedule'

const visit = (over: Partial<Visit>): Visit => ({ id: 1, visit_on: '2026-12-02', team: 1, sequence: 1, minutes: 30, travel_minutes: 10, starts_at: null, officers: ['何'], officer_ids: [1], ...over }) as Visit

describe('a schedule', () => {
  it('is one route per day and team, in the order of the doors', () => {
    const found = routesOf([visit({ id: 1, sequence: 2 }), visit({ id: 2, team: 2 }), visit({ id: 3 }), visit({ id: 4, visit_on: '2026-12-01', team: 10 })])
    expect(found.map((one) => [one.day, one.team, one.visits.map((each) => each.id)])).toEqual([['2026-12-01', 10, [4]], ['2026-12-02', 1, [3, 1]], ['2026-12-02', 2, [2]]])
    expect(found[1]?.minutes).toBe(80)
  })
  it('says when each door is reached: as planned, else reckoned from nine on', () => {
    const [route] = routesOf([visit({ id: 1 }), visit({ id: 2, sequence: 2, travel_minutes: 5 }), visit({ id: 3, sequence: 3, starts_at: 700 })])
    expect(arrivals(route!).map((one) => [one.visit.id, one.at, one.reckoned])).toEqual([[1, 550, true], [2, 585, true], [3, 700, false]])
  })
  it('spans whole weeks and months, over the end of a year', () => {
    expect(spanOf('week', '2027-01-01')).toEqual({ first: '2026-12-28', last: '2027-01-03' })
    expect(spanOf('month', '2028-02-10')).toEqual({ first: '2028-02-01', last: '2028-02-29' })
    expect([stepped('month', '2026-12-31', 1), stepped('month', '2027-01-01', -1), stepped('week', '2026-12-28', 1)]).toEqual(['2027-01-01', '2026-12-01', '2027-01-04'])
    expect([weekdayOf('2026-11-30'), weekdayOf('2026-12-06')]).toEqual([0, 6])
  })
})
