import type { Engine } from './engine'
import { loadNativeEngine } from './native-engine'
import { referenceEngine } from './reference'

export type {
  Budget,
  Chunk,
  Engine,
  EpochResult,
  Evaluation,
  FloatArray,
  MetricName,
  Quantity,
  Samples,
  Trace,
  Trainer,
  TrainerOptions,
  TrainerSnapshot
} from './engine'

export interface EngineChoice {
  readonly engine: Engine
  /** Why the native engine, though wanted, is not the one; null otherwise. */
  readonly fallbackReason: string | null
}

/** The native engine, or the reference engine where that was asked for or the native addon is missing. */
export function chooseEngine(preferred: Engine['name'] = 'native'): EngineChoice {
  if (preferred === 'reference') return { engine: referenceEngine, fallbackReason: null }
  const native = loadNativeEngine()
  if (native.engine === null) return { engine: referenceEngine, fallbackReason: native.reason }
  return { engine: native.engine, fallbackReason: null }
}
