import type { Outcome, Scenario } from './scenario'

/** `kill-training: 50/50 survived, seed 1 · longest notice 312 ms`, and a line for each failure. */
export function summaryLines({ name }: Pick<Scenario, 'name'>, outcome: Outcome, seed: number): string[] {
  const figures = Object.entries(outcome.figures).map(([what, value]) => `${what} ${value}`)
  const head = `${name}: ${outcome.survived}/${outcome.rounds} survived, seed ${seed}`
  return [[head, ...figures].join(' · '), ...outcome.failures.map((failure) => `  ${failure}`)]
}

export function isSurvived(outcome: Outcome): boolean {
  return outcome.survived === outcome.rounds && outcome.failures.length === 0
}
