import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Run } from '../../../src/shared/contract'
import type { Design } from '../../../src/shared/design/schema'
import type { MetricsFrame } from '../../../src/shared/training-run'
import { parseWeights } from '../../../src/shared/weights/document'
import { withDropout, withEdges, withUnits } from './edits'
import type { Harness } from './harness'

/** Training runs: started, steered, watched, refused. */
export function trainingCases(h: Harness): void {
  describe('training', () => {
    it('starts, streams every step and epoch, and finishes', async () => {
      const run = await h.train(await h.irisDesign(), { paused: true })
      expect(run).toMatchObject({
        name: 'Iris flowers',
        error: null,
        progress: { state: 'paused', step: 0, epoch: 0, epochs: 5 }
      })
      expect(run.description).toMatchObject({ metric: 'accuracy', trainRows: 120, validationRows: 30 })
      expect(await h.client.request('training.current', {})).toEqual(run)
      const frames = h.untilState(run.id, 'finished')
      await h.client.request('training.resume', { run: run.id })
      const seen = await frames
      const { stepsPerEpoch } = run.progress
      expect(seen.flatMap((frame) => frame.steps.count).reduce((sum, count) => sum + count, 0)).toBe(5 * stepsPerEpoch)
      expect(seen.flatMap((frame) => frame.epochs).map((record) => record.epoch)).toEqual([1, 2, 3, 4, 5])
      expect(seen.map((frame) => frame.sequence)).toEqual(seen.map((frame) => frame.sequence).toSorted((a, b) => a - b))
      expect(seen.at(-1)?.progress).toMatchObject({ state: 'finished', epoch: 5, step: 5 * stepsPerEpoch })
      expect((await h.client.request('training.current', {}))?.progress.state).toBe('finished')
    })

    it('is steered: step, learning rate, more epochs, go on, pause, stop', async () => {
      const run = await h.train(await h.irisDesign(), { paused: true })
      const { id } = run
      expect(await h.client.request('training.step', { run: id })).toMatchObject({ state: 'paused', step: 1 })
      expect(await h.client.request('training.step', { run: id })).toMatchObject({ state: 'paused', step: 2 })
      expect(await h.client.request('training.setLearningRate', { run: id, learningRate: 0.002 })).toMatchObject({
        learningRate: 0.002
      })
      expect(await h.client.request('training.setEpochs', { run: id, epochs: 1_000_000 })).toMatchObject({
        epochs: 1_000_000
      })
      expect(await h.client.request('training.resume', { run: id })).toMatchObject({ state: 'running' })
      const paused = await h.client.request('training.pause', { run: id })
      expect(paused.state).toBe('paused')
      expect(paused.step).toBeGreaterThanOrEqual(2)
      await h.client.request('training.resume', { run: id })
      expect(await h.client.request('training.stop', { run: id })).toMatchObject({ state: 'stopped' })
      await expect(h.client.request('training.setLearningRate', { run: id, learningRate: -1 })).rejects.toMatchObject({
        code: 'invalidArgument'
      })
    })

    it('can be measured on a part of the rows', async () => {
      const run = await h.trained()
      const train_ = await h.client.request('training.evaluate', { run: run.id, split: 'train' })
      expect(train_.rows).toBe(120)
      expect(train_.metric).toBeGreaterThan(0.5)
      await expect(h.client.request('training.evaluate', { run: run.id, split: 'test' })).rejects.toMatchObject({
        code: 'invalidArgument',
        message: expect.stringContaining('no test rows') as string
      })
    })

    it('stops early, keeps the weights of the best epoch, and goes on when asked to', async () => {
      const design = await h.irisDesign()
      const run = await h.train(
        {
          ...withDropout(design, 'act-1'),
          training: {
            ...design.training,
            optimizer: { ...design.training.optimizer, learningRate: 0.1 },
            epochs: 100_000,
            schedule: { type: 'exponential', factor: 0.9, warmupEpochs: 0.5 },
            earlyStopping: { patience: 3, minimumImprovement: 0 }
          }
        },
        { paused: true, threads: 2 }
      )
      const { stepsPerEpoch } = run.progress
      expect(run.progress).toMatchObject({ learningRate: 0.1, bestEpoch: null, stoppedEarly: false })
      expect(run.progress.scheduledRate).toBeCloseTo(0.1 / Math.ceil(0.5 * stepsPerEpoch), 14)
      const frames = h.untilState(run.id, 'finished')
      await h.client.request('training.resume', { run: run.id })
      const seen = await frames
      const progress = seen.at(-1)?.progress
      const bestEpoch = progress?.bestEpoch ?? 0
      expect(progress).toMatchObject({ stoppedEarly: true, epoch: bestEpoch + 3, epochs: 100_000 })
      expect((await h.client.request('training.current', {}))?.progress).toEqual(progress)

      h.host.answers.save = join(h.newFolder(), 'iris.weights.json')
      await h.client.request('weights.export', { run: run.id, file: null })
      const document = parseWeights(readFileSync(h.host.answers.save, 'utf8'), 'iris.weights.json')
      const best = seen.flatMap((frame) => frame.epochs).find(({ epoch }) => epoch === bestEpoch)
      expect(document.training.epochs).toBe(bestEpoch)
      expect(document.training.metrics).toMatchObject({
        trainLoss: best?.trainLoss,
        validationLoss: best?.validationLoss
      })
      // Dropout does nothing outside of training, so the file knows nothing of it, and proves itself all the same.
      expect(document.layers.map(({ id }) => id)).toEqual(['dense-1', 'act-1', 'dense-2', 'act-2', 'dense-3', 'act-3'])
      const file = await h.grant(h.host.answers.save, 'weights')
      const imported = await h.client.request('weights.import', { file: file.id })
      expect(imported.testVectorError).toBeLessThan(1e-6)
      const measured = await h.client.request('training.evaluate', { run: run.id, split: 'validation' })
      expect(measured.loss).toBeCloseTo(best?.validationLoss ?? NaN, 6)

      const more = await h.client.request('training.step', { run: run.id })
      expect(more).toMatchObject({ state: 'paused', stoppedEarly: false, step: (bestEpoch + 3) * stepsPerEpoch + 1 })
      await h.client.request('weights.export', { run: run.id, file: null })
      const current = parseWeights(readFileSync(h.host.answers.save, 'utf8'), 'iris.weights.json')
      expect(current.training.epochs).toBe(bestEpoch + 3)
      expect(current.layers).not.toEqual(document.layers)
    })

    it('shows itself whole to a window that comes late', async () => {
      const run = await h.trained()
      const late = await h.connect(h.host)
      const frame = new Promise<MetricsFrame>((resolve) => late.on('training.frame', (event) => resolve(event.frame)))
      expect((await late.request('training.current', {}))?.id).toBe(run.id)
      const { steps, epochs } = await frame
      expect(steps.count.reduce((sum, count) => sum + count, 0)).toBe(5 * run.progress.stepsPerEpoch)
      expect(epochs.map((record) => record.epoch)).toEqual([1, 2, 3, 4, 5])
      const started = new Promise<Run>((resolve) => late.on('training.started', resolve))
      const next = await h.train(await h.irisDesign(), { paused: true })
      expect((await started).id).toBe(next.id)
      late.close()
    })

    it.each([
      ['a cycle', (design: Design) => withEdges(design, [['act-2', 'dense-2']], [['act-1', 'dense-2']]), 'cycle'],
      ['a dangling block', (design: Design) => withEdges(design, [], [['act-2', 'dense-3']]), 'leads nowhere'],
      ['no table', (design: Design) => ({ ...design, dataset: null }), 'no table'],
      [
        'the wrong size',
        (design: Design) => withUnits(design, 'dense-3', 7),
        'The target needs 3 outputs, but 7 arrive'
      ]
    ])('refuses a design with %s', async (_, change, words) => {
      await expect(h.train(change(await h.irisDesign()))).rejects.toMatchObject({
        code: 'invalidDesign',
        message: expect.stringContaining(words) as string
      })
    })

    it('knows only the current run, and only open tables', async () => {
      await expect(h.client.request('training.resume', { run: 'nobody' })).rejects.toMatchObject({ code: 'notFound' })
      await expect(h.client.request('weights.export', { run: 'nobody', file: null })).rejects.toMatchObject({
        code: 'notFound'
      })
      await expect(
        h.client.request('training.start', {
          design: await h.irisDesign(),
          dataset: 'nothing',
          initialWeights: null,
          paused: true,
          everyEpoch: false,
          seed: null,
          threads: null
        })
      ).rejects.toMatchObject({ code: 'notFound' })
      expect(await h.client.request('training.acknowledge', { run: 'nobody', sequence: 1 })).toBeNull()
    })

    it('fails in words when numbers stop being finite', async () => {
      const design = await h.irisDesign()
      const optimizer = { type: 'sgd', learningRate: 100, momentum: 0.9, nesterov: false, l2: 0 } as const
      const { network } = design
      // Without softmax nothing keeps the outputs in bounds.
      const nodes = network.nodes
        .filter((node) => node.id !== 'act-3')
        .map((node) => (node.type === 'output' ? { ...node, loss: 'meanSquaredError' as const } : node))
      const edges = [
        ...network.edges.filter((edge) => edge.source !== 'act-3' && edge.target !== 'act-3'),
        { source: 'dense-3', target: 'output' }
      ]
      const run = await h.train(
        { ...design, network: { nodes, edges }, training: { ...design.training, optimizer, epochs: 1000 } },
        { paused: true }
      )
      const failed = new Promise<{ run: string; error: { code: string; message: string } }>((resolve) =>
        h.client.on('training.failed', resolve)
      )
      await h.client.request('training.resume', { run: run.id })
      const { run: failedRun, error } = await failed
      expect(failedRun).toBe(run.id)
      expect(error.code).toBe('numericalFailure')
      expect(error.message).toContain('learning rate')
      expect(await h.client.request('training.current', {})).toMatchObject({
        error: { code: 'numericalFailure' },
        progress: { state: 'failed' }
      })
    })
  })
}
