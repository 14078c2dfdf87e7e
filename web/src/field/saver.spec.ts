import { describe, expect, it } from 'vitest'
import { Saver, type SaveState } from './saver'

describe('the saver', () => {
  it('writes the newest value and says "saved" only after it is on disk', async () => {
    const written: number[] = []
    const told: SaveState[] = []
    let open = () => {}
    const saver = new Saver<number>(
      async (value) => {
        await new Promise<void>((resolve) => (open = resolve))
        written.push(value)
      },
      (state) => told.push(state)
    )
    saver.save(1)
    saver.save(2)
    saver.save(3)
    expect(told).not.toContain('saved')
    open()
    await Promise.resolve().then(() => new Promise((resolve) => setTimeout(resolve)))
    open()
    expect(await saver.settled()).toBe(true)
    expect(written).toEqual([1, 3])
    expect(told.at(-1)).toBe('saved')
  })

  it('keeps what could not be written and says so', async () => {
    const told: SaveState[] = []
    let full = true
    const written: string[] = []
    const saver = new Saver<string>(
      async (value) => {
        if (full) throw new DOMException('full', 'QuotaExceededError')
        written.push(value)
      },
      (state) => told.push(state)
    )
    saver.save('typed')
    expect(await saver.settled()).toBe(false)
    expect(told.at(-1)).toBe('failed')
    full = false
    saver.save('typed more')
    expect(await saver.settled()).toBe(true)
    expect(written).toEqual(['typed more'])
  })
})
