import { damagedCheckpoints } from './damaged-checkpoints'
import { killTraining } from './kill-training'
import { notFiniteNumbers } from './not-finite'
import type { Scenario } from './scenario'

/** Every scenario, in the order they are run. */
export const scenarios: readonly Scenario[] = [killTraining, notFiniteNumbers, damagedCheckpoints]
