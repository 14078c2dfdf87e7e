/** A visit being written on the page: every change goes to disk at once, and a change of content undoes the signatures. */

import { computed, onBeforeUnmount, reactive, ref, shallowRef, type Ref } from 'vue'
import { localMoment } from './canonical'
import { Saver, type SaveState } from './saver'
import { store } from './field'
import type { Draft, DraftAnswer, FieldVisit, Question } from './types'
import { lacking, newDraft, questionKey, tally } from './visit'

export function useDraft(visit: Ref<FieldVisit | null>) {
  const draft = shallowRef<Draft | null>(null)
  const saveState = ref<SaveState>('saved')
  const told = reactive({ signaturesCleared: false, versionChanged: false })
  const saver = new Saver<Draft>(
    (value) => store.saveDraft(value),
    (state) => (saveState.value = state)
  )

  async function open(): Promise<void> {
    if (!visit.value) return
    const kept = await store.drafts.get(visit.value.id)
    told.versionChanged = kept !== undefined && kept.base_version !== visit.value.version
    draft.value = kept ? { ...kept, base_version: visit.value.version } : newDraft(visit.value, new Date())
  }

  function put(change: Partial<Draft>): void {
    if (!draft.value) return
    draft.value = { ...draft.value, ...change, saved_at: localMoment(new Date()) }
    saver.save(draft.value)
  }

  /** A change of what was found: what was signed is not what stands there any more. */
  function change(part: Partial<Draft>): void {
    const signed = draft.value?.officer || draft.value?.second_officer || draft.value?.party
    if (signed) told.signaturesCleared = true
    put({ ...part, ...(signed ? { officer: null, second_officer: null, party: null } : {}) })
  }

  function answer(question: Question, given: DraftAnswer | null): void {
    if (!draft.value) return
    const answers = { ...draft.value.answers }
    if (given) answers[questionKey(question)] = given
    else delete answers[questionKey(question)]
    change({ answers })
  }

  const flush = () => document.visibilityState === 'hidden' && void saver.settled()
  document.addEventListener('visibilitychange', flush)
  onBeforeUnmount(() => document.removeEventListener('visibilitychange', flush))

  return {
    draft,
    saveState,
    told,
    open,
    put,
    change,
    answer,
    settled: () => saver.settled(),
    counts: computed(() => tally(visit.value?.questions ?? [], draft.value?.answers ?? {})),
    lacks: computed(() => (visit.value && draft.value ? lacking(visit.value, draft.value) : []))
  }
}
