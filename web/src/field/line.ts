/** The way to the server, over the product's own client. */

import { ask, client, Refused } from '@/api/client'
import { away, loadSession } from '@/app/session'
import { ServerRefusal, type Line } from './sender'
import type { Envelope, FieldDay, Receipt } from './types'

/** An answer that says no becomes `ServerRefusal`; no answer at all stays what it is. */
async function answered<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (failure) {
    if (failure instanceof Refused && failure.problem.status > 0) {
      throw new ServerRefusal(failure.problem.status, failure.problem.code, failure.problem.title)
    }
    throw failure
  }
}

/** The session brings the token that every act needs; the phone may have been opened without it. */
async function signedIn(): Promise<void> {
  if ((await loadSession()) !== null) return
  if (away.value) throw new TypeError('the server is away')
  throw new ServerRefusal(401, 'not_signed_in', '')
}

export const serverLine: Line = {
  async upload(sha256: string, content: Blob, name: string): Promise<void> {
    await signedIn()
    const form = new FormData()
    form.set('sha256', sha256)
    form.set('file', content, name)
    await answered(
      ask(client.POST('/api/attachments', { body: { sha256, file: '' }, bodySerializer: () => form }))
    )
  },
  async submit(envelope: Envelope): Promise<Receipt> {
    await signedIn()
    return answered(ask<Receipt>(client.POST('/api/submissions', { body: { ...envelope } })))
  }
}

export async function fetchDay(on: string | null): Promise<FieldDay> {
  return answered(ask<FieldDay>(client.GET('/api/field/today', { params: { query: on ? { on } : {} } })))
}
