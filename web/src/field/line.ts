/** The way to the server, over the product's own client. */

import { ask, client, Refused } from '@/api/client'
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

export const serverLine: Line = {
  async upload(sha256: string, content: Blob, name: string): Promise<void> {
    const form = new FormData()
    form.set('sha256', sha256)
    form.set('file', content, name)
    await answered(
      ask(client.POST('/api/attachments', { body: { sha256, file: '' }, bodySerializer: () => form }))
    )
  },
  async submit(envelope: Envelope): Promise<Receipt> {
    return answered(ask<Receipt>(client.POST('/api/submissions', { body: { ...envelope } })))
  }
}

export async function fetchDay(on: string | null): Promise<FieldDay> {
  return answered(ask<FieldDay>(client.GET('/api/field/today', { params: { query: on ? { on } : {} } })))
}
