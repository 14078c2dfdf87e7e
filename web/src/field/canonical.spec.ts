import { describe, expect, it } from 'vitest'
import written from '../../../src/qianshao/flow/fieldwork/tests/hash_vectors.json'
import { bodyHash, canonicalJson, localMoment, uuid7 } from './canonical'

interface Vector {
  name: string
  envelope: object
  sha256: string
}
const vectors = written as Vector[]

describe('canonical JSON', () => {
  it.each(vectors.map((vector) => [vector.name, vector] as const))('hashes as the server does: %s', (_, vector) => {
    expect(bodyHash(vector.envelope)).toBe(vector.sha256)
  })

  it('leaves out what is undefined and sorts the rest', () => {
    expect(canonicalJson({ b: 1, a: [true, null], c: undefined })).toBe('{"a":[true,null],"b":1}')
  })

  it('refuses a number without a value', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow(RangeError)
  })
})

describe('ids and moments', () => {
  it('makes UUIDs of version 7 that rise with time', () => {
    const ids = [1, 2, 3].map((step) => uuid7(1_764_550_800_000 + step))
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(Array.from({ length: 1000 }, () => uuid7())).size).toBe(1000)
  })

  it('writes the moment with the offset of the phone', () => {
    const at = new Date('2026-12-01T01:00:00.000Z')
    expect(new Date(localMoment(at)).getTime()).toBe(at.getTime())
    expect(localMoment(at)).toMatch(/[+-]\d\d:\d\d$/)
  })
})
