import { LaminaError } from '../shared/errors'
import type { Port } from '../shared/port'
import { serve } from '../shared/rpc'
import { trainingWorkerContract } from '../shared/workers/training'
import { chooseEngine, type EngineChoice } from './index'
import { evaluateSplit, predict, predictSplit } from './training/inference'
import { Mutex } from './training/mutex'
import { checkFit, PreparedDataset } from './training/prepared-dataset'
import { TrainingRun } from './training/training-run'

/**
 * Answers the training worker's contract on a port until it closes: one run at a time, and predictions besides.
 * @param report hears of messages that break the contract, and of defects
 */
export function serveTraining(
  port: Port,
  report: (error: LaminaError) => void,
  { engine, fallbackReason }: EngineChoice = chooseEngine()
): void {
  let run: TrainingRun | null = null
  const loading = new Mutex()
  const current = (): TrainingRun => {
    if (run === null) throw new LaminaError('notFound', 'No training run is loaded.')
    return run
  }
  const unload = async (): Promise<void> => {
    const ended = run
    run = null
    await ended?.dispose()
  }

  const server = serve(
    trainingWorkerContract,
    port,
    {
      engine: () => ({ name: engine.name, description: engine.description, fallbackReason }),
      load: (params) =>
        loading.run(async () => {
          // The memory of the run before is given back before the next one takes its own, so a load that fails leaves none.
          await unload()
          const loaded = await TrainingRun.load(engine, params, {
            frame: (frame) => server.emit('frame', frame),
            failed: (error) => server.emit('failed', error),
            checkpointed: (written) => server.emit('checkpointed', written),
            checkpointFailed: (error) => server.emit('checkpointFailed', error)
          })
          run = loaded.run
          return { description: run.description, progress: run.progress(), resumed: loaded.resumed }
        }),
      checkpoint: () => current().checkpoint(),
      ping: () => run?.ping() ?? { step: null, computing: null },
      resume: () => current().resume(),
      pause: () => current().pause(),
      step: () => current().singleStep(),
      stop: () => current().stop(),
      setLearningRate: ({ learningRate }) => current().setLearningRate(learningRate),
      setEpochs: ({ epochs }) => current().setEpochs(epochs),
      acknowledge({ sequence }) {
        // May cross the loading of another run, which is nobody's mistake.
        run?.acknowledge(sequence)
        return null
      },
      weights: () => current().weights(),
      evaluate: ({ split }, signal) => current().evaluate(split, signal),
      predict: async ({ network, weights, features, count }, signal) => ({
        outputs: await predict(engine, network, weights, features, count, signal)
      }),
      async predictPrepared({ manifestPath, network, weights, withTargets }, signal) {
        const dataset = await PreparedDataset.open(manifestPath, withTargets)
        checkFit(network, dataset.manifest)
        const outputs = await predictSplit(engine, network, weights, dataset, 'test', signal)
        if (!withTargets || dataset.manifest.rows.test === 0) return { outputs, evaluation: null }
        // Of a weights file: it says nothing of class weights, so every row counts the same.
        const settings = { threads: null, classWeights: null }
        return { outputs, evaluation: await evaluateSplit(engine, network, weights, dataset, 'test', settings, signal) }
      }
    },
    report
  )

  port.onClose(() => {
    loading
      .run(unload)
      .catch((error: unknown) => report(new LaminaError('internal', 'The run could not be ended.', {}, error)))
  })
}
