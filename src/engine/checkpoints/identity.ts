import { createHash } from 'node:crypto'
import type { CheckpointIdentity } from '../../shared/checkpoint'
import type { Engine } from '../engine'
import type { PreparedManifest } from '../../shared/prepared'
import type { LoadParams } from '../training/open-run'

/** Part of every fingerprint: raise it when the same settings come to train differently. */
const TRAINING_VERSION = 1

/** What must be the same for a state to go on as it would have: everything but what may change while training. */
export function identityOf(
  { name, precision }: Engine,
  params: Omit<LoadParams, 'initialWeights'>,
  { id, dataset }: PreparedManifest
): CheckpointIdentity {
  const { network, batchSize, schedule, earlyStopping, shuffle, gradientClipNorm, classWeights, seed } = params
  const { learningRate: _, ...optimizer } = params.optimizer
  const settings = { optimizer, batchSize, schedule, earlyStopping, shuffle, gradientClipNorm, classWeights }
  const described = JSON.stringify({ version: TRAINING_VERSION, network, settings }, sortedKeys)
  return {
    engine: { name, precision },
    design: createHash('sha256').update(described).digest('hex'),
    seed,
    dataset: { id, name: dataset.name, sha256: dataset.sha256 }
  }
}

/** For JSON.stringify: the order in which an object got its keys does not matter. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
