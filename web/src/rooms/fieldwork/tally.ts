export type Tally = {
  pass: number
  fail: number
  na: number
}

/** How many items passed, failed, or did not apply. */
export function tally(results: readonly { outcome: string }[]): Tally {
  const count = (outcome: string) => results.filter((one) => one.outcome === outcome).length
  return { pass: count('pass'), fail: count('fail'), na: count('na') }
}
