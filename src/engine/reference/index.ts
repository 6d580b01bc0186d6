import type { Engine } from '../engine'
import { ReferenceTrainer } from './trainer'

/** The lecture's equations as they stand, in float64: slow, readable, and what the native engine must reproduce. */
export const referenceEngine: Engine = {
  name: 'reference',
  precision: 'float64',
  description: 'Reference engine: TypeScript, float64, one thread',
  arithmetic: 'float64',
  createTrainer: (options) => new ReferenceTrainer(options)
}
