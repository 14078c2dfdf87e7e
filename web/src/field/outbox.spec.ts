import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { receiptHolds, sendWaiting, ServerRefusal, type Line } from './sender'
import { receiptFor, visit, wholeDraft } from './samples'
import { FieldStore } from './store'
import type { Envelope, Receipt } from './types'

let store: FieldStore
let number = 0
const at = new Date('2026-12-01T02:00:00Z')

class Server implements Line {
  uploads: string[] = []
  bodies: Envelope[] = []
  answer: (envelope: Envelope) => Receipt = (envelope) => receiptFor(envelope)

  async upload(sha256: string): Promise<void> {
    this.uploads.push(sha256)
  }
  async submit(envelope: Envelope): Promise<Receipt> {
    this.bodies.push(envelope)
    return this.answer(envelope)
  }
}

beforeEach(async () => {
  store = new FieldStore(`field-${(number += 1)}`)
})
afterEach(() => store.delete())

async function handInSigned() {
  const picture = await store.keepPicture(new Blob([new Uint8Array([1, 2, 3])], { type: 'image/png' }), 'officer.png', at)
  const draft = wholeDraft({ officer: picture, party: null, party_refused_reason: '不在场' })
  await store.saveDraft(draft)
  return store.handIn(visit, draft, at)
}

describe('handing in', () => {
  it('asks the browser for strict durability', () => {
    expect((store as unknown as { _options: { chromeTransactionDurability: string } })._options.chromeTransactionDurability).toBe('strict')
  })

  it('moves the draft to the outbox in one step, with numbers that count up', async () => {
    const first = await handInSigned()
    const second = await handInSigned()
    expect([first.seq, second.seq]).toEqual([1, 2])
    expect(await store.drafts.count()).toBe(0)
    expect(first.envelope.device_id).toBe(second.envelope.device_id)
  })

  it('leaves the draft where it was when it is not complete', async () => {
    const draft = wholeDraft({ officer: null })
    await store.saveDraft(draft)
    await expect(store.handIn(visit, draft, at)).rejects.toThrow()
    expect([await store.drafts.count(), await store.outbox.count()]).toEqual([1, 0])
    expect((await store.deviceOf()).last_seq).toBe(0)
  })
})

describe('sending', () => {
  it('uploads pictures first and forgets the record only after the receipt agrees', async () => {
    const record = await handInSigned()
    const server = new Server()
    expect(await sendWaiting(store, server)).toEqual(['sent'])
    expect(server.uploads).toEqual([record.envelope.signatures.officer])
    expect([await store.outbox.count(), await store.pictures.count(), await store.sent.count()]).toEqual([0, 0, 1])
  })

  it.each([
    ['another body', { body_sha256: 'f'.repeat(64) }],
    ['another id', { submission_id: '01935d2e-0c00-7abc-8def-0123456789ab' }],
    ['no pictures', { attachments: [] }],
    ['no place in the record', { event_index: 0 }]
  ])('keeps everything when the receipt speaks of %s', async (_, change) => {
    await handInSigned()
    const server = new Server()
    server.answer = (envelope) => receiptFor(envelope, change)
    expect(await sendWaiting(store, server)).toEqual(['later'])
    expect([await store.outbox.count(), await store.pictures.count()]).toEqual([1, 1])
  })

  it('keeps everything when nobody answers, and sends the same body again', async () => {
    await handInSigned()
    const server = new Server()
    server.answer = () => {
      throw new TypeError('network')
    }
    expect(await sendWaiting(store, server)).toEqual(['offline'])
    server.answer = (envelope) => receiptFor(envelope)
    expect(await sendWaiting(store, server)).toEqual(['sent'])
    expect(server.bodies[0]).toEqual(server.bodies[1])
  })

  it('shows a refused record, does not hold up the next, and gives it back under the same number', async () => {
    const first = await handInSigned()
    const second = await handInSigned()
    const server = new Server()
    server.answer = (envelope) => {
      if (envelope.id === first.id) throw new ServerRefusal(422, 'item_missing', '还有 1 项未作答')
      return receiptFor(envelope)
    }
    expect(await sendWaiting(store, server)).toEqual(['refused', 'sent'])
    expect((await store.outbox.toArray()).map((record) => [record.id, record.problem])).toEqual([[first.id, '还有 1 项未作答']])
    expect(await store.sent.get(second.id)).toBeDefined()
    await store.reopen(first.id)
    const again = await store.handIn(visit, (await store.drafts.get(visit.id))!, at)
    expect([again.seq, again.id === first.id]).toEqual([first.seq, false])
  })

  it('waits for sign-in without losing anything', async () => {
    await handInSigned()
    const server = new Server()
    server.answer = () => {
      throw new ServerRefusal(401, 'not_signed_in', '请先登录。')
    }
    expect(await sendWaiting(store, server)).toEqual(['sign_in'])
    expect((await store.outbox.toArray())[0]!.state).toBe('waiting')
  })

  it('keeps a picture that another draft still needs', async () => {
    const record = await handInSigned()
    await store.saveDraft(wholeDraft({ visit_id: 8, officer: record.envelope.signatures.officer }))
    await sendWaiting(store, new Server())
    expect(await store.pictures.count()).toBe(1)
  })

  it('accepts held and disputed as arrived', async () => {
    const record = await handInSigned()
    expect(receiptHolds(record.envelope, receiptFor(record.envelope, { state: 'held', reason: '安排有变更' }))).toBe(true)
  })
})
