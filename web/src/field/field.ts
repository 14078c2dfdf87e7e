/** The phone's state as the pages see it: the day, the drafts, the outbox; and the loop that sends. */

import { liveQuery } from 'dexie'
import { reactive, ref } from 'vue'
import { localMoment } from './canonical'
import { fetchDay, serverLine } from './line'
import { sendWaiting, ServerRefusal, type SendOutcome } from './sender'
import { askToPersist, FieldStore } from './store'
import type { Draft, FieldDay, FieldVisit, OutboxRecord, SentRecord } from './types'

const EVERY = 15_000

export const store = new FieldStore()
export const outbox = ref<OutboxRecord[]>([])
export const drafts = ref<Map<number, Draft>>(new Map())
export const sent = ref<Map<number, SentRecord>>(new Map())
export const state = reactive({
  account: '',
  day: null as FieldDay | null,
  fetchedAt: '',
  away: false,
  loading: false,
  sending: false,
  signIn: false,
  persistent: true,
  last: 'sent' as SendOutcome
})

const byVisit = <T extends { visit_id: number }>(rows: T[]): Map<number, T> => new Map(rows.map((row) => [row.visit_id, row]))

function follow(): () => void {
  const watched = [
    liveQuery(() => store.outbox.orderBy('seq').toArray()).subscribe((rows) => (outbox.value = rows)),
    liveQuery(() => store.drafts.toArray()).subscribe((rows) => (drafts.value = byVisit(rows))),
    liveQuery(() => store.sent.toArray()).subscribe((rows) => (sent.value = byVisit(rows)))
  ]
  return () => watched.forEach((one) => one.unsubscribe())
}

/** The day from the server, or as kept on the phone when the server cannot be reached. */
export async function loadDay(on: string | null): Promise<void> {
  state.loading = true
  try {
    const day = await fetchDay(on)
    const at = new Date()
    await store.keepDay(state.account, day, at)
    Object.assign(state, { day, away: false, fetchedAt: localMoment(at), signIn: false })
  } catch (failure) {
    state.signIn = failure instanceof ServerRefusal && failure.status === 401
    state.away = !state.signIn
    const wanted = on ?? state.day?.on ?? localMoment(new Date()).slice(0, 10)
    const kept = (await store.keptDay(state.account, wanted)) ?? (on ? undefined : await store.newestDay(state.account))
    if (kept) Object.assign(state, { day: kept.day, fetchedAt: kept.fetched_at })
  } finally {
    state.loading = false
  }
}

export async function send(): Promise<void> {
  if (state.sending) return
  state.sending = true
  try {
    const outcomes = await sendWaiting(store, serverLine)
    const last = outcomes.at(-1)
    if (last) {
      state.last = last
      state.away = last === 'offline'
      state.signIn = last === 'sign_in'
    }
    if (outcomes.includes('sent')) await loadDay(state.day?.on ?? null)
  } finally {
    state.sending = false
  }
}

/** Hand in: on disk first, then told, then sent. */
export async function handIn(visit: FieldVisit, draft: Draft): Promise<OutboxRecord> {
  const record = await store.handIn(visit, draft, new Date())
  void send()
  return record
}

/** Start following the store and sending; the returned function ends it. */
export function begin(account: string): () => void {
  state.account = account
  const unfollow = follow()
  const again = () => void send()
  const seen = () => document.visibilityState === 'visible' && again()
  const timer = setInterval(again, EVERY)
  addEventListener('online', again)
  document.addEventListener('visibilitychange', seen)
  void askToPersist().then((granted) => (state.persistent = granted))
  again()
  return () => {
    clearInterval(timer)
    removeEventListener('online', again)
    document.removeEventListener('visibilitychange', seen)
    unfollow()
  }
}
