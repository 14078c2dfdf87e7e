import type { IconName } from '@/ui/Icon.vue'
import type { messages } from './messages'

/** The places of the desk, as the menu shows them; `may` is the permission that opens a place. */
export interface Place {
  to: string
  key: keyof typeof messages
  icon: IconName
  may: string
}

export const groups: readonly { key: keyof typeof messages; places: readonly Place[] }[] = [
  {
    key: 'supervise',
    places: [
      { to: '/', key: 'overview', icon: 'overview', may: 'overview.read' },
      { to: '/register', key: 'register', icon: 'register', may: 'entity.read' },
      { to: '/obligations', key: 'obligations', icon: 'obligations', may: 'obligation.read' },
      { to: '/levels', key: 'levels', icon: 'levels', may: 'obligation.read' },
      { to: '/year-plans', key: 'yearplans', icon: 'yearplans', may: 'yearplan.read' },
      { to: '/campaigns', key: 'campaigns', icon: 'campaigns', may: 'campaign.read' },
      { to: '/draws', key: 'draws', icon: 'draws', may: 'draw.read' },
      { to: '/plans', key: 'plans', icon: 'plans', may: 'plan.read' },
      { to: '/calendar', key: 'schedule', icon: 'schedule', may: 'plan.read' },
      { to: '/visits', key: 'visits', icon: 'visits', may: 'visit.read' },
      { to: '/what-if', key: 'scenarios', icon: 'scenarios', may: 'scenario.read' },
      { to: '/offsite', key: 'offsite', icon: 'offsite', may: 'offsite.read' },
      { to: '/undisturbed', key: 'undisturbed', icon: 'undisturbed', may: 'undisturbed.read' },
      { to: '/ledger', key: 'ledger', icon: 'ledger', may: 'ledger.read' },
      { to: '/rectifications', key: 'rectifications', icon: 'rectifications', may: 'rectification.read' },
      { to: '/field', key: 'field', icon: 'field', may: 'visit.submit' }
    ]
  },
  {
    key: 'basis',
    places: [
      { to: '/duties', key: 'duties', icon: 'duties', may: 'duty.read' },
      { to: '/data', key: 'data', icon: 'data', may: 'delivery.read' },
      { to: '/disputes', key: 'disputes', icon: 'disputes', may: 'dispute.read' }
    ]
  },
  {
    key: 'system',
    places: [
      { to: '/audit', key: 'audit', icon: 'audit', may: 'event.read' },
      { to: '/accounts', key: 'accounts', icon: 'accounts', may: 'account.read' }
    ]
  }
]

/** The menu of a person: only what their role may open, and no empty group. */
export function menuOf(may: (permission: string) => boolean): { key: keyof typeof messages; places: Place[] }[] {
  return groups.map((group) => ({ key: group.key, places: group.places.filter((place) => may(place.may)) })).filter((group) => group.places.length > 0)
}
