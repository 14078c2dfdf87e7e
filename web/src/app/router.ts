import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { away, loadSession, useSession } from '@/app/session'

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', component: () => import('@/rooms/access/pages/SignIn.vue'), meta: { open: true, bare: true } },
  { path: '/public', component: () => import('@/portal/pages/PublishedPlans.vue'), meta: { open: true, bare: true } },
  { path: '/public/draws', component: () => import('@/portal/pages/PublishedDraws.vue'), meta: { open: true, bare: true } },
  { path: '/public/year-plans/:id(\\d+)', component: () => import('@/portal/pages/PublishedPlan.vue'), meta: { open: true, bare: true } },
  { path: '/', component: () => import('@/rooms/bulletins/pages/Overview.vue'), meta: { may: 'overview.read' } },
  { path: '/register', component: () => import('@/rooms/registry/pages/Register.vue'), meta: { may: 'entity.read' } },
  { path: '/register/:id(\\d+)', component: () => import('@/rooms/registry/pages/Dossier.vue'), meta: { may: 'entity.read' } },
  { path: '/duties', component: () => import('@/rooms/duties/pages/Duties.vue'), meta: { may: 'duty.read' } },
  { path: '/obligations', component: () => import('@/rooms/duties/pages/Obligations.vue'), meta: { may: 'obligation.read' } },
  { path: '/levels', component: () => import('@/rooms/levels/pages/Levels.vue'), meta: { may: 'obligation.read' } },
  { path: '/campaigns', component: () => import('@/rooms/campaigns/pages/Campaigns.vue'), meta: { may: 'campaign.read' } },
  { path: '/campaigns/new', component: () => import('@/rooms/campaigns/pages/Edit.vue'), meta: { may: 'campaign.make' } },
  { path: '/campaigns/:id(\\d+)', component: () => import('@/rooms/campaigns/pages/Campaign.vue'), meta: { may: 'campaign.read' } },
  { path: '/campaigns/:id(\\d+)/edit', component: () => import('@/rooms/campaigns/pages/Edit.vue'), meta: { may: 'campaign.make' } },
  { path: '/draws', component: () => import('@/rooms/draws/pages/Draws.vue'), meta: { may: 'draw.read' } },
  { path: '/draws/:id(\\d+)', component: () => import('@/rooms/draws/pages/Draw.vue'), meta: { may: 'draw.read' } },
  { path: '/year-plans', component: () => import('@/rooms/yearplans/pages/YearPlans.vue'), meta: { may: 'yearplan.read' } },
  { path: '/year-plans/:id(\\d+)', component: () => import('@/rooms/yearplans/pages/YearPlan.vue'), meta: { may: 'yearplan.read' } },
  { path: '/plans', component: () => import('@/rooms/planning/pages/Plans.vue'), meta: { may: 'plan.read' } },
  { path: '/plans/:id(\\d+)', component: () => import('@/rooms/planning/pages/Plan.vue'), meta: { may: 'plan.read' } },
  { path: '/plans/compare', component: () => import('@/rooms/planning/pages/Compare.vue'), meta: { may: 'plan.read' } },
  { path: '/calendar', component: () => import('@/rooms/planning/pages/Calendar.vue'), meta: { may: 'plan.read' } },
  { path: '/plans/:id(\\d+)/:day(\\d{4}-\\d{2}-\\d{2})', component: () => import('@/rooms/planning/pages/PlanDay.vue'), meta: { may: 'plan.read' } },
  { path: '/what-if', component: () => import('@/rooms/scenarios/pages/Scenarios.vue'), meta: { may: 'scenario.read' } },
  { path: '/what-if/:id(\\d+)', component: () => import('@/rooms/scenarios/pages/Scenario.vue'), meta: { may: 'scenario.read' } },
  { path: '/offsite', component: () => import('@/rooms/offsite/pages/OffsiteChecks.vue'), meta: { may: 'offsite.read' } },
  { path: '/obligations/:id(\\d+)/offsite', component: () => import('@/rooms/offsite/pages/OffsiteCase.vue'), meta: { may: 'offsite.read' } },
  { path: '/undisturbed', component: () => import('@/rooms/undisturbed/pages/Undisturbed.vue'), meta: { may: 'undisturbed.read' } },
  { path: '/ledger', component: () => import('@/rooms/ledger/pages/Ledger.vue'), meta: { may: 'ledger.read' } },
  { path: '/visits', component: () => import('@/rooms/fieldwork/pages/Visits.vue'), meta: { may: 'visit.read' } },
  { path: '/visits/:id(\\d+)', component: () => import('@/rooms/fieldwork/pages/Visit.vue'), meta: { may: 'visit.read' } },
  { path: '/rectifications', component: () => import('@/rooms/cases/pages/Rectifications.vue'), meta: { may: 'rectification.read' } },
  { path: '/rectifications/:id(\\d+)', component: () => import('@/rooms/cases/pages/Rectification.vue'), meta: { may: 'rectification.read' } },
  { path: '/disputes', component: () => import('@/rooms/fieldwork/pages/Disputes.vue'), meta: { may: 'dispute.read' } },
  { path: '/data', component: () => import('@/rooms/sources/pages/Data.vue'), meta: { may: 'delivery.read' } },
  { path: '/accounts', component: () => import('@/rooms/access/pages/Accounts.vue'), meta: { may: 'account.read' } },
  { path: '/audit', component: () => import('@/rooms/records/pages/Audit.vue'), meta: { may: 'event.read' } },
  { path: '/field/:rest(.*)*', component: () => import('@/field/FieldApp.vue'), meta: { may: 'visit.submit', bare: true } },
  { path: '/:rest(.*)*', component: () => import('@/app/NotFound.vue') }
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 }
})

/** First page a role has a use for. */
export function homeOf(role: string): string {
  if (role === 'officer') return '/field'
  if (role === 'admin') return '/accounts'
  return '/'
}

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  const session = await loadSession()
  // A phone without signal still opens its own page: what it shows and keeps lies on the phone.
  if (!session && to.path.startsWith('/field') && away.value) return true
  if (!session) return { path: '/sign-in', query: { to: to.fullPath } }
  const needed = to.meta.may as string | undefined
  if (needed && !useSession().may(needed) && to.path === '/') return homeOf(session.account.role)
  return true
})

// A page whose script is gone was replaced by a newer version of the product: load that.
router.onError((failure: Error, to) => {
  if (/dynamically imported module|module script/.test(failure.message)) globalThis.location.assign(to.fullPath)
})
