/** What the phone holds and sends. What the server answers is typed by its own interface. */

import type { Schemas } from '@/api/client'

export type Outcome = 'pass' | 'fail' | 'na'
export type Conclusion = 'no_problem' | 'corrected_on_site' | 'order_to_rectify' | 'not_operating' | 'refused' | 'not_found'

export type FieldDay = Schemas['FieldDayOut']
export type FieldVisit = Schemas['FieldVisitOut']
export type Question = Schemas['QuestionOut']
export type Target = Schemas['TargetOut']
export type Receipt = Schemas['ReceiptOut']

export interface DraftAnswer {
  outcome: Outcome
  note: string
  attachments: string[]
}

export interface Draft {
  visit_id: number
  base_version: number
  /** Number of an earlier record that the server refused and this draft replaces; numbers leave no gap. */
  seq: number | null
  begun_at: string
  answers: Record<string, DraftAnswer>
  conclusion: Conclusion | null
  note: string
  officer: string | null
  second_officer: string | null
  party: string | null
  party_refused_reason: string
  position: { lon: number; lat: number; accuracy: number } | null
  saved_at: string
}

export interface Result extends Target {
  outcome: Outcome
  note: string
  attachments: string[]
}

export interface EnvelopeBody {
  id: string
  schema_version: 1
  kind: 'visit'
  device_id: string
  device_seq: number
  base_version: number
  visit_id: number
  begun_at: string
  finished_at: string
  conclusion: Conclusion
  note: string
  results: Result[]
  signatures: {
    officer: string
    second_officer: string | null
    party: string | null
    party_refused_reason: string
  }
  position?: { lon: number; lat: number; accuracy: number }
}

export interface Envelope extends EnvelopeBody {
  body_sha256: string
}

/** What became of a record of the outbox at the last try. */
export type OutboxState = 'waiting' | 'refused'

export interface OutboxRecord {
  id: string
  seq: number
  visit_id: number
  entity_name: string
  envelope: Envelope
  draft: Draft
  state: OutboxState
  problem: string
  tries: number
  queued_at: string
}

export interface Picture {
  sha256: string
  media_type: string
  content: Blob
  name: string
  taken_at: string
}

export interface SentRecord {
  id: string
  visit_id: number
  entity_name: string
  receipt: Receipt
}
