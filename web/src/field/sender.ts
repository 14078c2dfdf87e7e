/** Sending the outbox. A record is forgotten only after the receipt agrees with the phone's own hashes. */

import type { FieldStore } from './store'
import type { Envelope, OutboxRecord, Receipt } from './types'
import { bodyHash } from './canonical'
import { picturesOf } from './visit'

export class ServerRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string
  ) {
    super(message)
  }
}

/** The way to the server; throws `ServerRefusal` for an answer that says no, anything else for no answer. */
export interface Line {
  upload(sha256: string, content: Blob, name: string): Promise<void>
  submit(envelope: Envelope): Promise<Receipt>
}

/** Whether the receipt speaks of this very body and of every picture that it names. */
export function receiptHolds(envelope: Envelope, receipt: Receipt): boolean {
  const own = bodyHash(envelope)
  const kept = new Set(receipt.attachments)
  return (
    receipt.submission_id === envelope.id &&
    envelope.body_sha256 === own &&
    receipt.body_sha256 === own &&
    receipt.event_index > 0 &&
    picturesOf(envelope).every((hash) => kept.has(hash))
  )
}

/** `later`: the server answered and could not take it now; the records behind it are tried all the same. */
export type SendOutcome = 'sent' | 'offline' | 'later' | 'sign_in' | 'refused'

async function sendOne(store: FieldStore, line: Line, record: OutboxRecord): Promise<SendOutcome> {
  try {
    for (const sha256 of picturesOf(record.envelope)) {
      const picture = await store.pictures.get(sha256)
      if (picture) await line.upload(sha256, picture.content, picture.name)
    }
    const receipt = await line.submit(record.envelope)
    if (!receiptHolds(record.envelope, receipt)) {
      await note(store, record, 'receipt_differs', 'waiting')
      return 'later'
    }
    await store.forget(record, {
      id: record.id,
      visit_id: record.visit_id,
      entity_name: record.entity_name,
      receipt
    })
    return 'sent'
  } catch (failure) {
    if (!(failure instanceof ServerRefusal)) {
      await note(store, record, '', 'waiting')
      return 'offline'
    }
    if (failure.status === 401) return 'sign_in'
    const passing = failure.status === 403 || failure.status === 429 || failure.status >= 500 || PASSING.has(failure.code)
    await note(store, record, failure.message, passing ? 'waiting' : 'refused')
    return passing ? 'later' : 'refused'
  }
}

const PASSING = new Set(['attachments_missing', 'attachment_damaged', 'body_damaged', 'obligation_not_open'])

async function note(store: FieldStore, record: OutboxRecord, problem: string, state: OutboxRecord['state']): Promise<void> {
  await store.outbox.update(record.id, { problem, state, tries: record.tries + 1 })
}

/**
 * Send what waits, in the order it was written. One sender at a time over all tabs; who does not get the lock leaves it
 * to the holder. A refused record stays and does not hold up the ones behind it.
 */
export async function sendWaiting(store: FieldStore, line: Line): Promise<SendOutcome[]> {
  return oneAtATime(async () => {
    const outcomes: SendOutcome[] = []
    for (const record of await store.outbox.orderBy('seq').toArray()) {
      if (record.state === 'refused') continue
      const outcome = await sendOne(store, line, record)
      outcomes.push(outcome)
      if (outcome === 'offline' || outcome === 'sign_in') break
    }
    return outcomes
  })
}

async function oneAtATime(work: () => Promise<SendOutcome[]>): Promise<SendOutcome[]> {
  if (!navigator.locks) return work()
  return navigator.locks.request('qianshao-outbox', { ifAvailable: true }, async (lock) => (lock ? work() : []))
}
