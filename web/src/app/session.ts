import { computed, ref } from 'vue'
import { ask, client, keepToken, Refused, type Schemas } from '@/api/client'
import { speak } from '@/app/i18n'

type Session = Schemas['SessionOut']
const current = ref<Session | null>(null)
let asked: Promise<Session | null> | null = null

function take(session: Session): Session {
  keepToken(session.csrf_token)
  current.value = session
  if (!globalThis.localStorage?.getItem('language')) speak(session.account.language === 'en' ? 'en' : 'zh')
  return session
}

/** Whether the last question after the session had no answer: nobody knows then whether this browser is signed in. */
export const away = ref(false)

/** The session of this browser, asked for once; asked again while the server is away. */
export function loadSession(): Promise<Session | null> {
  asked ??= ask(client.GET('/api/session')).then(
    (session) => {
      away.value = false
      return take(session)
    },
    (failure: unknown) => {
      away.value = failure instanceof Refused && (failure.problem.status === 0 || failure.problem.status >= 500)
      if (away.value) asked = null
      return null
    }
  )
  return asked
}

export async function signIn(username: string, password: string): Promise<Session> {
  const session = take(await ask(client.POST('/api/session', { body: { username, password } })))
  asked = Promise.resolve(session)
  return session
}

export async function signOut(): Promise<void> {
  await ask(client.DELETE('/api/session')).catch(() => undefined)
  forget()
}

/** The session is over, here or at the server. */
export function forget(): void {
  current.value = null
  asked = Promise.resolve(null)
}

export function useSession() {
  return {
    session: current,
    account: computed(() => current.value?.account ?? null),
    today: computed(() => current.value?.today ?? ''),
    may: (permission: string): boolean => current.value?.permissions.includes(permission) ?? false
  }
}
