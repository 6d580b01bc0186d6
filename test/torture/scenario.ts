/** What one kind of harm did, over all its rounds. */
export interface Outcome {
  readonly survived: number
  readonly rounds: number
  /** Figures worth knowing, in the order to print them: the longest time to notice, bytes a heap grew by. */
  readonly figures: Readonly<Record<string, number | string>>
  /** One line for each round that was not survived. */
  readonly failures: readonly string[]
}

export interface Ordeal {
  /** Everything that is drawn by chance comes from this, so that a failure can be had again. 32-bit. */
  readonly seed: number
  /** How often it is done; minutes or messages where the scenario says so. */
  readonly rounds: number
  /** Says what is going on, on a line of its own. */
  progress(text: string): void
}

/** Harm that Lamina has to survive. One file a scenario, listed in `scenarios.ts`. */
export interface Scenario {
  readonly name: string
  /** What is done, and what has to hold, in one sentence. */
  readonly claim: string
  /** Rounds that the claim is about. */
  readonly rounds: number
  run(ordeal: Ordeal): Promise<Outcome>
}
