import { describe, expect, it } from 'vitest'
import { bodyHash } from './canonical'
import { visit, wholeDraft } from './samples'
import { allowedConclusions, lacking, passTheRest, picturesOf, questionKey, resultsOf, sealEnvelope, sectionsOf, tally } from './visit'

const stamp = { id: '01935d2e-0c00-7abc-8def-0123456789ab', deviceId: 'device-0001', seq: 1, at: new Date('2026-12-01T02:00:00Z') }
const fail = (note: string) => ({ outcome: 'fail' as const, note, attachments: ['c'.repeat(64)] })
const withFailure = (code: string, note: string) => {
  const question = visit.questions.find((one) => one.targets[0]!.item_code === code)!
  return { ...passTheRest(visit.questions, {}), [questionKey(question)]: fail(note) }
}

describe('a merged checklist', () => {
  it('is asked once and answered for every obligation that asked', () => {
    const results = resultsOf(visit, wholeDraft())
    expect(results).toHaveLength(5)
    expect(results.filter((one) => one.item_code === 'licence').map((one) => one.obligation_id)).toEqual([11, 12])
    expect(sectionsOf(visit.questions)).toHaveLength(1)
  })

  it('leaves what was answered when the rest passes', () => {
    const answers = passTheRest(visit.questions, withFailure('expiry', '过期'))
    expect(tally(visit.questions, answers)).toEqual({ total: 3, answered: 3, failed: 1, failedKey: 1 })
  })
})

describe('what lacks', () => {
  it('is nothing for a whole draft', () => expect(lacking(visit, wholeDraft())).toEqual([]))

  it('names open questions, silent failures, conclusion and signatures', () => {
    const codes = (change: Parameters<typeof wholeDraft>[0]) => lacking(visit, wholeDraft(change)).map((lack) => lack.code)
    expect(codes({ answers: {} })).toEqual(['unanswered', 'conclusion'])
    expect(codes({ answers: withFailure('expiry', ' '), conclusion: 'order_to_rectify' })).toEqual(['note'])
    expect(codes({ answers: withFailure('expiry', '过期'), conclusion: 'corrected_on_site' })).toEqual(['conclusion'])
    expect(codes({ officer: null, party: null })).toEqual(['officer', 'party'])
    expect(codes({ party: null, party_refused_reason: '负责人拒签' })).toEqual([])
    expect(codes({ answers: {}, conclusion: 'not_found', party: null })).toEqual(['reason'])
  })

  it('offers only conclusions that follow from the answers', () => {
    const of = (answers: Parameters<typeof tally>[1]) => allowedConclusions(tally(visit.questions, answers))
    expect(of(passTheRest(visit.questions, {}))).toEqual(['no_problem'])
    expect(of(withFailure('expiry', 'x'))).toEqual(['order_to_rectify'])
    expect(of(withFailure('records', 'x'))).toEqual(['corrected_on_site', 'order_to_rectify'])
    expect(of({})).toEqual(['not_operating', 'refused', 'not_found'])
  })
})

describe('the sealed envelope', () => {
  it('carries its own hash and names every picture once', () => {
    const draft = wholeDraft({ answers: withFailure('licence', '未悬挂'), conclusion: 'order_to_rectify' })
    const envelope = sealEnvelope(visit, draft, stamp)
    expect(envelope.body_sha256).toBe(bodyHash(envelope))
    expect(picturesOf(envelope)).toEqual(['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)])
  })

  it('holds no half characters and no NUL', () => {
    const envelope = sealEnvelope(visit, wholeDraft({ note: 'a\ud83d\u0000b😀' }), stamp)
    expect(envelope.note).toBe('a\ufffdb😀')
  })

  it('is refused while something lacks', () => {
    expect(() => sealEnvelope(visit, wholeDraft({ officer: null }), stamp)).toThrow()
  })
})
