/** Writing the newest value at once: while one write runs, later values wait together and only the last is written. */

export type SaveState = 'saved' | 'saving' | 'failed'

export class Saver<Value> {
  private next: Value | undefined
  private running: Promise<void> | null = null

  constructor(
    private readonly write: (value: Value) => Promise<void>,
    private readonly tell: (state: SaveState) => void
  ) {}

  /** Take the value; `tell("saved")` comes only after the newest value is on disk. */
  save(value: Value): void {
    this.next = value
    this.tell('saving')
    this.running ??= this.run().finally(() => {
      this.running = null
    })
  }

  /** Wait until everything taken is on disk; false when it is not. */
  async settled(): Promise<boolean> {
    await this.running
    return this.next === undefined
  }

  private async run(): Promise<void> {
    while (this.next !== undefined) {
      const value = this.next
      this.next = undefined
      try {
        await this.write(value)
      } catch {
        this.next ??= value
        this.tell('failed')
        return
      }
    }
    this.tell('saved')
  }
}
