/** What the phone holds and sends. The shapes of the server's answers come from /api/field/today and /api/submissions. */

export type Outcome = "pass" | "fail" | "na";
export type Conclusion =
  | "no_problem"
  | "corrected_on_site"
  | "order_to_rectify"
  | "not_operating"
  | "refused"
  | "not_found";

export interface Target {
  obligation_id: number;
  duty_code: string;
  item_code: string;
}

export interface Question {
  text: string;
  key: boolean;
  section: string;
  bases: string[];
  rectify_days: number;
  targets: Target[];
}

export interface FieldTask {
  obligation_id: number;
  duty_code: string;
  duty_name: string;
  field: string;
  origin: string;
  origin_ref: string;
}

export interface FieldEntity {
  id: number;
  name: string;
  credit_code: string;
  address: string;
  phone: string;
  legal_person: string;
  lon: number | null;
  lat: number | null;
  risk_class: string;
}

export interface FieldOfficer {
  id: number;
  name: string;
  lead: boolean;
}

export interface Problem {
  found_on: string;
  text: string;
  note: string;
}

export interface FieldVisit {
  id: number;
  version: number;
  visit_on: string;
  team: number;
  sequence: number;
  minutes: number;
  travel_minutes: number;
  state: string;
  entity: FieldEntity;
  officers: FieldOfficer[];
  tasks: FieldTask[];
  questions: Question[];
  last_problems: Problem[];
}

export interface FieldDay {
  on: string;
  officer_name: string;
  station: { code: string; name: string; lon: number; lat: number };
  visits: FieldVisit[];
  waiting: { device_id: string; missing: number[] }[];
}

export interface DraftAnswer {
  outcome: Outcome;
  note: string;
  attachments: string[];
}

export interface Draft {
  visit_id: number;
  base_version: number;
  begun_at: string;
  answers: Record<string, DraftAnswer>;
  conclusion: Conclusion | null;
  note: string;
  officer: string | null;
  second_officer: string | null;
  party: string | null;
  party_refused_reason: string;
  position: { lon: number; lat: number; accuracy: number } | null;
  saved_at: string;
}

export interface Result extends Target {
  outcome: Outcome;
  note: string;
  attachments: string[];
}

export interface EnvelopeBody {
  id: string;
  schema_version: 1;
  kind: "visit";
  device_id: string;
  device_seq: number;
  base_version: number;
  visit_id: number;
  begun_at: string;
  finished_at: string;
  conclusion: Conclusion;
  note: string;
  results: Result[];
  signatures: {
    officer: string;
    second_officer: string | null;
    party: string | null;
    party_refused_reason: string;
  };
  position?: { lon: number; lat: number; accuracy: number };
}

export interface Envelope extends EnvelopeBody {
  body_sha256: string;
}

export interface Order {
  number: string;
  due_on: string;
  state: string;
}

export interface Receipt {
  submission_id: string;
  body_sha256: string;
  attachments: string[];
  event_index: number;
  received_at: string;
  state: "accepted" | "disputed" | "held";
  reason: string;
  orders: Order[];
}

/** What became of a record of the outbox at the last try. */
export type OutboxState = "waiting" | "refused";

export interface OutboxRecord {
  id: string;
  seq: number;
  visit_id: number;
  entity_name: string;
  envelope: Envelope;
  draft: Draft;
  state: OutboxState;
  problem: string;
  tries: number;
  queued_at: string;
}

export interface Picture {
  sha256: string;
  media_type: string;
  content: Blob;
  name: string;
  taken_at: string;
}

export interface SentRecord {
  id: string;
  visit_id: number;
  entity_name: string;
  receipt: Receipt;
}
