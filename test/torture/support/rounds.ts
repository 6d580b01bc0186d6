import type { Outcome } from '../scenario'

/** How often something was survived, without its figures. */
export type Survival = Pick<Outcome, 'survived' | 'rounds' | 'failures'>

/**
 * Harm done so often.
 * @param each what a round is called, as "minute"
 * @param once does it; @returns what was wrong afterwards, a line for each; nothing when it was survived
 */
export async function inRounds(
  rounds: number,
  each: string,
  once: (round: number) => Promise<readonly string[]>
): Promise<Survival> {
  const failures: string[] = []
  let survived = 0
  for (let round = 1; round <= rounds; round++) {
    const wrong = await once(round)
    if (wrong.length === 0) survived += 1
    failures.push(...wrong.map((what) => `${each} ${round}: ${what}`))
  }
  return { survived, rounds, failures }
}
