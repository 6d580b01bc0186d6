import type { Engine, Trainer } from '../../src/engine'
import { referenceEngine } from '../../src/engine/reference'

/** What a test makes of the reference engine: the same in everything but its trainers. */
export abstract class ReferenceLikeEngine implements Engine {
  readonly name = referenceEngine.name
  readonly precision = referenceEngine.precision
  readonly description = referenceEngine.description
  readonly arithmetic = referenceEngine.arithmetic

  abstract createTrainer(options: Parameters<Engine['createTrainer']>[0]): Trainer
}
