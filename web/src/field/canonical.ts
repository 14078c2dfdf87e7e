/** Canonical JSON (RFC 8785) and its SHA-256, the same on the phone and on the server. */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }

/** RFC 8785: keys in order of their UTF-16 units, numbers and strings as ECMAScript writes them, no spaces. */
export function canonicalJson(value: unknown): string {
  return write(value as Json)
}

function write(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError('a number without a value cannot be sent')
    return JSON.stringify(value === 0 ? 0 : value)
  }
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  const parts = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${write(value[key] as Json)}`)
  return `{${parts.join(',')}}`
}

export function sha256Hex(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes))
}

/** Hash of an envelope without its own `body_sha256`. */
export function bodyHash(envelope: object): string {
  const body: Record<string, unknown> = { ...envelope }
  delete body.body_sha256
  return sha256Hex(utf8ToBytes(canonicalJson(body)))
}

/** UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits. */
export function uuid7(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  let rest = now
  for (let place = 5; place >= 0; place -= 1) {
    bytes[place] = rest % 256
    rest = Math.floor(rest / 256)
  }
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytesToHex(bytes)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** The moment as the phone's clock shows it, with its offset: `2026-12-01T09:00:00.000+08:00`. */
export function localMoment(at: Date): string {
  const offset = -at.getTimezoneOffset()
  const sign = offset < 0 ? '-' : '+'
  const two = (number: number) => String(Math.floor(Math.abs(number))).padStart(2, '0')
  const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, -1)
  return `${local}${sign}${two(offset / 60)}:${two(offset % 60)}`
}
