/** A visit and answers for the tests. */

import type { Draft, FieldVisit, Question, Receipt, Envelope } from './types'
import { newDraft, passTheRest, picturesOf } from './visit'

const question = (code: string, key: boolean, targets: number[]): Question => ({
  text: `问题 ${code}`,
  key,
  section: '餐饮服务日常监督检查',
  bases: ['《食品安全法》第三十四条'],
  rectify_days: 7,
  targets: targets.map((id) => ({ obligation_id: id, duty_code: `D-${id}`, item_code: code }))
})

export const visit: FieldVisit = {
  id: 7,
  plan_id: 1,
  station_code: '440606005',
  version: 1,
  visit_on: '2026-12-01',
  team: 1,
  sequence: 1,
  minutes: 50,
  travel_minutes: 5,
  starts_at: 545,
  state: 'planned',
  done_on: null,
  obligations: 2,
  entity: { id: 1, name: '好味道', credit_code: '9', address: '', phone: '', lon: null, lat: null, risk_class: 'B' },
  officers: [
    { id: 1, name: '何一', lead: true },
    { id: 2, name: '梁二', lead: false }
  ],
  tasks: [],
  questions: [question('licence', true, [11, 12]), question('expiry', true, [11]), question('records', false, [11, 12])],
  last_problems: []
}

/** Everything passed and signed by hash. */
export function wholeDraft(change: Partial<Draft> = {}): Draft {
  const draft = newDraft(visit, new Date('2026-12-01T01:00:00Z'))
  return {
    ...draft,
    answers: passTheRest(visit.questions, {}),
    conclusion: 'no_problem',
    officer: 'a'.repeat(64),
    party: 'b'.repeat(64),
    ...change
  }
}

export function receiptFor(envelope: Envelope, change: Partial<Receipt> = {}): Receipt {
  return {
    submission_id: envelope.id,
    body_sha256: envelope.body_sha256,
    attachments: picturesOf(envelope),
    event_index: 5,
    received_at: '2026-12-01T02:00:00Z',
    state: 'accepted',
    reason: '',
    orders: [],
    ...change
  }
}
