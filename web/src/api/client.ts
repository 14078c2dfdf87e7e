import createClient from 'openapi-fetch'
import type { components, paths } from './schema'

/** A refusal in the one shape of the interface (RFC 9457). */
export interface Problem {
  title: string
  status: number
  code: string
  basis: string
  remedy: string
  field: string | null
  errors: { field: string; message: string }[]
}

export type Schemas = components['schemas']

/** Thrown by `ask`: what the server refused, or that it could not be reached. */
export class Refused extends Error {
  constructor(
    readonly problem: Problem,
    readonly retryAfter: number | null = null
  ) {
    super(problem.title)
  }
}

let token = ''
export function keepToken(fresh: string): void {
  token = fresh
}

export const client = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' })
client.use({
  onRequest({ request }) {
    if (request.method !== 'GET' && token) request.headers.set('X-CSRFToken', token)
    return request
  }
})

const unreachable: Problem = {
  title: '无法连接服务器，请检查网络后重试。',
  status: 0,
  code: 'unreachable',
  basis: '',
  remedy: '',
  field: null,
  errors: []
}

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The data of an answer; throws `Refused` for anything else. */
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await call
  } catch {
    throw new Refused(unreachable)
  }
  if (answer.response.ok) return answer.data as T
  const wait = Number(answer.response.headers.get('Retry-After')) || null
  const given = answer.error as Partial<Problem> | undefined
  throw new Refused({ ...unreachable, title: `服务器错误（${answer.response.status}）`, status: answer.response.status, ...given }, wait)
}
