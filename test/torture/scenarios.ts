import type { Scenario } from './scenario'

/** Every scenario, in the order they are run. */
export const scenarios: readonly Scenario[] = []
