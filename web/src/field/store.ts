/** What the phone keeps. Every write is strict: on disk before anybody is told "saved". */

import Dexie, { type EntityTable, type Table } from 'dexie'
import type { Draft, FieldDay, FieldVisit, OutboxRecord, Picture, SentRecord } from './types'
import { sha256Hex, uuid7, localMoment } from './canonical'
import { sealEnvelope } from './visit'

interface Device {
  key: 'device'
  id: string
  last_seq: number
}

interface KeptDay {
  key: string
  on: string
  day: FieldDay
  fetched_at: string
}

export class FieldStore extends Dexie {
  device!: EntityTable<Device, 'key'>
  days!: EntityTable<KeptDay, 'key'>
  drafts!: Table<Draft, number>
  pictures!: EntityTable<Picture, 'sha256'>
  outbox!: EntityTable<OutboxRecord, 'id'>
  sent!: EntityTable<SentRecord, 'id'>

  constructor(name = 'qianshao-field') {
    super(name, { chromeTransactionDurability: 'strict' })
    this.version(1).stores({
      device: 'key',
      days: 'key, on',
      drafts: 'visit_id',
      pictures: 'sha256',
      outbox: 'id, seq, visit_id',
      sent: 'id, visit_id'
    })
  }

  /** This browser's own number, made once. */
  async deviceOf(): Promise<Device> {
    return this.transaction('rw', this.device, async () => {
      const known = await this.device.get('device')
      if (known) return known
      const fresh: Device = { key: 'device', id: uuid7(), last_seq: 0 }
      await this.device.add(fresh)
      return fresh
    })
  }

  async keepDay(account: string, day: FieldDay, at: Date): Promise<void> {
    await this.days.put({ key: `${account}/${day.on}`, on: day.on, day, fetched_at: localMoment(at) })
  }

  async keptDay(account: string, on: string): Promise<KeptDay | undefined> {
    return this.days.get(`${account}/${on}`)
  }

  /** The newest list that the phone holds, for a day whose date the server alone knows. */
  async newestDay(account: string): Promise<KeptDay | undefined> {
    const days = await this.days.where('key').startsWith(`${account}/`).toArray()
    return days.sort((one, other) => one.fetched_at.localeCompare(other.fetched_at)).at(-1)
  }

  async saveDraft(draft: Draft): Promise<void> {
    await this.drafts.put(JSON.parse(JSON.stringify(draft)) as Draft)
  }

  /** Keep a picture under the hash of its bytes; the same bytes twice are one picture. */
  async keepPicture(content: Blob, name: string, at: Date): Promise<string> {
    const sha256 = sha256Hex(new Uint8Array(await content.arrayBuffer()))
    await this.pictures.put({ sha256, media_type: content.type, content, name, taken_at: localMoment(at) })
    return sha256
  }

  /** Seal the draft and move it to the outbox: number, envelope and end of the draft in one strict transaction. */
  async handIn(visit: FieldVisit, draft: Draft, at: Date): Promise<OutboxRecord> {
    await this.deviceOf()
    return this.transaction('rw', [this.device, this.outbox, this.drafts], async () => {
      const device = (await this.device.get('device'))!
      const seq = draft.seq ?? device.last_seq + 1
      const envelope = sealEnvelope(visit, draft, { id: uuid7(at.getTime()), deviceId: device.id, seq, at })
      const record: OutboxRecord = {
        id: envelope.id,
        seq,
        visit_id: visit.id,
        entity_name: visit.entity.name,
        envelope,
        draft: JSON.parse(JSON.stringify(draft)) as Draft,
        state: 'waiting',
        problem: '',
        tries: 0,
        queued_at: localMoment(at)
      }
      await this.device.put({ ...device, last_seq: Math.max(seq, device.last_seq) })
      await this.outbox.add(record)
      await this.drafts.delete(visit.id)
      return record
    })
  }

  /** Back to the draft, to be corrected and handed in under a new id. */
  async reopen(id: string): Promise<void> {
    await this.transaction('rw', [this.outbox, this.drafts], async () => {
      const record = await this.outbox.get(id)
      if (!record) return
      await this.drafts.put({ ...record.draft, seq: record.seq })
      await this.outbox.delete(id)
    })
  }

  /** The server has it, as the checked receipt says: forget the record and its pictures, keep the receipt. */
  async forget(record: OutboxRecord, sent: SentRecord): Promise<void> {
    await this.transaction('rw', [this.outbox, this.sent, this.pictures, this.drafts], async () => {
      await this.sent.put(sent)
      await this.outbox.delete(record.id)
      const needed = new Set<string>()
      for (const other of await this.outbox.toArray()) collect(other.draft, needed)
      for (const draft of await this.drafts.toArray()) collect(draft, needed)
      for (const sha256 of sent.receipt.attachments) {
        if (!needed.has(sha256)) await this.pictures.delete(sha256)
      }
    })
  }
}

function collect(draft: Draft, into: Set<string>): void {
  for (const hash of [draft.officer, draft.second_officer, draft.party]) if (hash !== null) into.add(hash)
  for (const answer of Object.values(draft.answers)) for (const hash of answer.attachments) into.add(hash)
}

/** Ask the browser not to clear the store when space is short. */
export async function askToPersist(): Promise<boolean> {
  if (!navigator.storage?.persist) return false
  return (await navigator.storage.persisted()) || navigator.storage.persist()
}
