import { LaminaError } from '../../shared/errors'
import { denseOperations, weightCount } from '../../shared/network/plan'
import type { Params } from '../../shared/rpc'
import type { RunDescription } from '../../shared/training-run'
import type { TrainingWorkerContract } from '../../shared/workers/training'
import { checkFiniteWeights } from '../check'
import type { Engine, Trainer, TrainerOptions } from '../engine'
import { classWeightsOf, weighed } from './class-weights'
import { metricOf } from './inference'
import { checkFit, PreparedDataset } from './prepared-dataset'

export type LoadParams = Params<TrainingWorkerContract, 'load'>

/** What a run is made of. */
export interface OpenedRun {
  readonly dataset: PreparedDataset
  readonly trainer: Trainer
  readonly description: RunDescription
}

/**
 * Reads the dataset and makes the trainer.
 * @throws LaminaError `notFound` or `invalidData` for the dataset, `invalidArgument` for a network that does not fit it,
 * `invalidDesign` for class weights that do not, `numericalFailure` for initial weights that are not finite
 */
export async function openRun(engine: Engine, params: LoadParams): Promise<OpenedRun> {
  const dataset = await PreparedDataset.open(params.manifestPath)
  const { manifest } = dataset
  const { rows } = manifest
  checkFit(params.network, manifest)
  if (rows.train === 0) {
    throw new LaminaError(
      'invalidData',
      `"${manifest.dataset.name}" has no training rows. Give training a larger share of the rows.`
    )
  }
  const { network, optimizer, batchSize, epochs, schedule, earlyStopping, seed, shuffle, gradientClipNorm } = params
  const { threads, initialWeights } = params
  if (initialWeights !== null) checkFiniteWeights(network, initialWeights)
  const train = await dataset.read('train')
  const classWeights = classWeightsOf(params.classWeights, manifest, train)
  const options: TrainerOptions = {
    network,
    optimizer,
    batchSize,
    epochs,
    schedule,
    earlyStopping,
    seed,
    shuffle,
    gradientClipNorm,
    metric: metricOf(manifest),
    train: weighed(train, classWeights),
    validation: rows.validation === 0 ? null : weighed(await dataset.read('validation'), classWeights),
    ...(initialWeights === null ? {} : { initialWeights }),
    ...(threads === null ? {} : { threads })
  }
  const trainer = engine.createTrainer(options)
  const layers = denseOperations(network)
  const description: RunDescription = {
    engine: engine.name,
    layers: layers.map(({ id, inputs, units }) => ({ id, inputs, units })),
    metric: manifest.task === 'regression' ? 'meanAbsoluteError' : 'accuracy',
    parameters: layers.reduce((sum, layer) => sum + weightCount(layer), 0),
    memoryBytes: trainer.memoryBytes,
    trainRows: rows.train,
    validationRows: rows.validation,
    classWeights
  }
  return { dataset, trainer, description }
}
