/** A visit being written: answers, what still lacks, and the envelope it becomes. No browser storage here. */

import type { Conclusion, Draft, DraftAnswer, Envelope, EnvelopeBody, FieldVisit, Outcome, Question, Result } from './types'
import { bodyHash, localMoment } from './canonical'

/** Conclusions of a visit at which nothing could be checked. */
export const ABSENT: readonly Conclusion[] = ['not_operating', 'refused', 'not_found']

/** A question's own name within its visit: its first target. */
export function questionKey(question: Question): string {
  const first = question.targets[0]!
  return `${first.obligation_id}/${first.item_code}`
}

export interface Section {
  name: string
  questions: Question[]
}

/** Sections in the order of the checklist. */
export function sectionsOf(questions: Question[]): Section[] {
  const sections: Section[] = []
  for (const question of questions) {
    const known = sections.find((section) => section.name === question.section)
    if (known) known.questions.push(question)
    else sections.push({ name: question.section, questions: [question] })
  }
  return sections
}

export function newDraft(visit: FieldVisit, at: Date): Draft {
  return {
    visit_id: visit.id,
    base_version: visit.version,
    seq: null,
    begun_at: localMoment(at),
    answers: {},
    conclusion: null,
    note: '',
    officer: null,
    second_officer: null,
    party: null,
    party_refused_reason: '',
    position: null,
    saved_at: localMoment(at)
  }
}

/** Every question of the section without an answer gets "pass"; answers already given stay. */
export function passTheRest(questions: Question[], answers: Record<string, DraftAnswer>): Record<string, DraftAnswer> {
  const filled = { ...answers }
  for (const question of questions) {
    filled[questionKey(question)] ??= { outcome: 'pass', note: '', attachments: [] }
  }
  return filled
}

export interface Tally {
  total: number
  answered: number
  failed: number
  failedKey: number
}

export function tally(questions: Question[], answers: Record<string, DraftAnswer>): Tally {
  const given = questions.map((question) => ({ question, answer: answers[questionKey(question)] }))
  const failed = given.filter(({ answer }) => answer?.outcome === 'fail')
  return {
    total: questions.length,
    answered: given.filter(({ answer }) => answer !== undefined).length,
    failed: failed.length,
    failedKey: failed.filter(({ question }) => question.key).length
  }
}

/** The conclusions that the answers allow; the server refuses any other. */
export function allowedConclusions(counts: Tally): Conclusion[] {
  const checked: Conclusion[] =
    counts.failed === 0 ? ['no_problem'] : counts.failedKey > 0 ? ['order_to_rectify'] : ['corrected_on_site', 'order_to_rectify']
  return counts.answered === 0 ? [...ABSENT] : checked
}

export interface Lack {
  code: 'unanswered' | 'note' | 'conclusion' | 'reason' | 'officer' | 'party' | 'nothing'
  question?: Question
  count?: number
}

/** What still lacks before the visit can be handed in. */
export function lacking(visit: FieldVisit, draft: Draft): Lack[] {
  const counts = tally(visit.questions, draft.answers)
  const absent = draft.conclusion !== null && ABSENT.includes(draft.conclusion)
  const lacks: Lack[] = []
  if (visit.questions.length === 0) lacks.push({ code: 'nothing' })
  if (!absent) {
    const open = visit.questions.filter((question) => draft.answers[questionKey(question)] === undefined)
    if (open.length > 0) lacks.push({ code: 'unanswered', question: open[0]!, count: open.length })
    for (const question of visit.questions) {
      const answer = draft.answers[questionKey(question)]
      if (answer?.outcome === 'fail' && answer.note.trim() === '') lacks.push({ code: 'note', question })
    }
  }
  if (draft.conclusion === null || (!absent && !allowedConclusions(counts).includes(draft.conclusion))) {
    lacks.push({ code: 'conclusion' })
  }
  if (absent && draft.note.trim() === '') lacks.push({ code: 'reason' })
  if (draft.officer === null) lacks.push({ code: 'officer' })
  if (!absent && draft.party === null && draft.party_refused_reason.trim() === '') lacks.push({ code: 'party' })
  return lacks
}

/** One answer becomes one result for every obligation that asked. */
export function resultsOf(visit: FieldVisit, draft: Draft): Result[] {
  if (draft.conclusion !== null && ABSENT.includes(draft.conclusion)) return []
  return visit.questions.flatMap((question) => {
    const answer = draft.answers[questionKey(question)]
    if (answer === undefined) return []
    const outcome: Outcome = answer.outcome
    return question.targets.map((target) => ({
      ...target,
      outcome,
      note: answer.note,
      attachments: [...answer.attachments]
    }))
  })
}

export interface Stamp {
  id: string
  deviceId: string
  seq: number
  at: Date
}

/** The sealed envelope. Throws when something lacks: the review page shows that before. */
export function sealEnvelope(visit: FieldVisit, draft: Draft, stamp: Stamp): Envelope {
  if (lacking(visit, draft).length > 0 || draft.conclusion === null || draft.officer === null) {
    throw new Error('the visit is not complete')
  }
  const body: EnvelopeBody = {
    id: stamp.id,
    schema_version: 1,
    kind: 'visit',
    device_id: stamp.deviceId,
    device_seq: stamp.seq,
    base_version: draft.base_version,
    visit_id: visit.id,
    begun_at: draft.begun_at,
    finished_at: localMoment(stamp.at),
    conclusion: draft.conclusion,
    note: draft.note,
    results: resultsOf(visit, draft),
    signatures: {
      officer: draft.officer,
      second_officer: draft.second_officer,
      party: draft.party,
      party_refused_reason: draft.party_refused_reason
    }
  }
  if (draft.position !== null) body.position = draft.position
  const plain = JSON.parse(JSON.stringify(body, (_, value: unknown) => sendable(value))) as EnvelopeBody
  return { ...plain, body_sha256: bodyHash(plain) }
}

/** Text without half characters and NUL, which no database keeps. */
function sendable(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(LONE_SURROGATE, '\ufffd').replaceAll('\0', '') : value
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Hashes of every picture that an envelope names, signatures included, each once. */
export function picturesOf(envelope: Envelope): string[] {
  const { officer, second_officer, party } = envelope.signatures
  const named = [officer, second_officer, party, ...envelope.results.flatMap((result) => result.attachments)]
  return [...new Set(named.filter((hash): hash is string => hash !== null))]
}

/** The number as it can be dialled; empty when the source has blotted it out. */
export const dialable = (phone: string): string => (/^[\d+() -]{5,}$/.test(phone) ? phone : '')
