import { describe, expect, it } from 'vitest'
import { mainAction, shareDone, stateWord } from '../../../src/renderer/dock/status'
import {
  formatAxisCount,
  formatAxisSeconds,
  formatClock,
  formatCount,
  formatMeasure,
  formatRate,
  formatShare,
  formatShort,
  formatTook,
  plural,
  spokenDuration
} from '../../../src/renderer/training/format'
import { GradientWatch, meterOf, updateHealth } from '../../../src/renderer/training/gradient-health'
import {
  appended,
  epochText,
  finishedText,
  isMilestone,
  LOG_LIMIT,
  stoppedEarlyText,
  type LogEntry
} from '../../../src/renderer/training/log'
import { staleReason } from '../../../src/renderer/training/stale'
import type { Design } from '../../../src/shared/design/schema'
import { emptyDesign } from '../../../src/shared/network/propose'
import type { StepBuckets } from '../../../src/shared/training-run'

describe('numbers in words', () => {
  it.each([
    [0.031416, '0.03142'],
    [12.5, '12.50'],
    [9999.6, '1e4'],
    [0.000023104, '2.31e-5'],
    [-2.5, '−2.500'],
    [1234567, '1.23e6'],
    [0, '0'],
    [null, '–'],
    [Number.NaN, '–'],
    [Infinity, '∞']
  ])('a measure: %s → %s', (value, text) => expect(formatMeasure(value)).toBe(text))

  it.each([
    [0.001, '0.001'],
    [1e-5, '1e-5'],
    [25, '25'],
    [1.5e6, '1.5e6'],
    [0.1 + 0.2, '0.3'],
    [-0.5, '−0.5']
  ])('as short as possible: %s → %s', (value, text) => expect(formatShort(value)).toBe(text))

  it('counts, shares and rates', () => {
    expect(formatCount(1234567)).toBe('1\u202f234\u202f567')
    expect([500, 20_000, 1.5e6].map(formatAxisCount)).toEqual(['500', '20k', '1.5M'])
    expect(formatShare(0.9734)).toBe('97.3 %')
    expect([5320, 9.96, 4.25, 0.05, 0].map(formatRate)).toEqual(['5\u202f320', '10', '4.3', '0.05', '–'])
    expect([plural(1, 'epoch'), plural(2000, 'epoch')]).toEqual(['1 epoch', '2\u202f000 epochs'])
  })
  it('time', () => {
    expect([7, 725, 3802, 187_200, null].map(formatClock)).toEqual(['0:07', '12:05', '1:03:22', '2 d 4:00:00', '–'])
    expect([0.0035, 1.26, 12.34, 125].map(formatTook)).toEqual(['0.0035 s', '1.3 s', '12.3 s', '2:05'])
    expect([0.5, 40, 150, 3600].map(formatAxisSeconds)).toEqual(['0.5 s', '40 s', '2:30', '1:00:00'])
    expect([0.2, 1, 125, 3600].map(spokenDuration)).toEqual([
      'less than a second',
      '1 second',
      '2 minutes 5 seconds',
      '1 hour'
    ])
  })
})

describe('the gradient meter', () => {
  it('is logarithmic from 1e-6 to 1e2', () => {
    expect([1e-6, 1e-2, 1e2].map(meterOf)).toEqual([0, 0.5, 1])
    expect([0, 1e-9, 1e9].map(meterOf)).toEqual([0, 0, 1])
    expect([null, Number.NaN].map(meterOf)).toEqual([null, null])
  })
})

describe('the update ratio', () => {
  it('is healthy about 1e-3', () => {
    const words = [0, 1e-5, 1e-3, 5e-2, 0.5].map((ratio) => updateHealth(ratio)?.word)
    expect(words).toEqual(['still', 'slow', 'healthy', 'fast', 'too fast'])
    expect(updateHealth(null)).toBeNull()
  })
})

/** `steps` single steps in which layer i has the norm `norms[i]`. */
function steps(count: number, norms: readonly (number | null)[], loss = 1): StepBuckets {
  const envelope = (value: number | null) => {
    const values = Array.from({ length: count }, () => value)
    return { mean: values, min: values, max: values }
  }
  return {
    last: Array.from({ length: count }, (_, i) => i + 1),
    count: Array.from({ length: count }, () => 1),
    loss: envelope(loss),
    gradientNorms: norms.map(envelope),
    updateRatios: norms.map(envelope)
  }
}

describe('gradient warnings', () => {
  const names = ['dense-1', 'dense-2']
  it('say nothing about layers that learn, nor about a run that has converged', () => {
    const watch = new GradientWatch(names)
    expect(watch.observe(steps(500, [0.01, 0.2]))).toEqual([])
    expect(watch.observe(steps(500, [1e-9, 1e-8]))).toEqual([])
    expect([watch.flag(0), watch.flag(1)]).toEqual([null, null])
  })
  it('name a layer whose gradient vanishes beside the largest, once', () => {
    const watch = new GradientWatch(names)
    const warnings = watch.observe(steps(300, [1e-6, 0.1]))
    expect(warnings.map(({ layer, flag }) => [layer, flag])).toEqual([[0, 'vanishing']])
    expect(warnings[0]?.text).toContain('Vanishing gradient in dense-1: for 100 steps its norm (1e-6)')
    expect(watch.flag(0)).toBe('vanishing')
    expect(watch.observe(steps(300, [1e-6, 0.1]))).toEqual([])
  })
  it('wait 100 steps, however they are bundled', () => {
    const watch = new GradientWatch(names)
    expect(watch.observe(steps(99, [1e-6, 0.1]))).toEqual([])
    expect(watch.observe(steps(2, [1e-6, 0.1]))).toHaveLength(1)
  })
  it('take the flag back when the layer recovers', () => {
    const watch = new GradientWatch(names)
    watch.observe(steps(300, [1e-6, 0.1]))
    watch.observe(steps(1000, [0.05, 0.1]))
    expect(watch.flag(0)).toBeNull()
  })
  it('name a jump to over 100 times the average', () => {
    const watch = new GradientWatch(names)
    watch.observe(steps(200, [0.1, 0.2]))
    const [warning] = watch.observe(steps(1, [50, 0.2]))
    expect(warning).toMatchObject({ layer: 0, flag: 'exploding' })
    expect(warning?.text).toContain('its norm reached 50.00')
  })
  it('do not call it exploding while everything is small, or at the very start', () => {
    const watch = new GradientWatch(names)
    watch.observe(steps(200, [1e-4, 1e-4]))
    expect(watch.observe(steps(1, [0.9, 1e-4]))).toEqual([])
    expect(new GradientWatch(names).observe(steps(20, [5000, 1]))).toEqual([])
  })
  it('name a norm that stays above 10,000', () => {
    expect(new GradientWatch(names).observe(steps(150, [2e4, 3e4])).map(({ flag }) => flag)).toEqual([
      'exploding',
      'exploding'
    ])
  })
  it('name a layer without any gradient, but not when there is no loss left', () => {
    expect(new GradientWatch(names).observe(steps(150, [0, 0.1])).map(({ layer, flag }) => [layer, flag])).toEqual([
      [0, 'none']
    ])
    expect(new GradientWatch(names).observe(steps(150, [0, 0], 0))).toEqual([])
  })
  it('do not measure the others by a layer that went dead', () => {
    const watch = new GradientWatch(names)
    watch.observe(steps(10, [1e3, 0.5]))
    expect(watch.observe(steps(300, [0, 0.5])).map(({ layer, flag }) => [layer, flag])).toEqual([[0, 'none']])
  })
  it('pass over what was not measured', () => {
    expect(new GradientWatch(names).observe(steps(150, [null, 0.1]))).toEqual([])
  })
})

describe('the log', () => {
  it('keeps a bounded number of lines, the newest', () => {
    const entry = (id: number): LogEntry => ({ id, time: 0, kind: 'info', step: null, text: String(id) })
    let log: readonly LogEntry[] = []
    for (let id = 0; id < LOG_LIMIT + 10; id++) log = appended(log, [entry(id)])
    expect(log).toHaveLength(LOG_LIMIT)
    expect(log.at(-1)?.id).toBe(LOG_LIMIT + 9)
    expect(appended(log, [])).toBe(log)
  })
  it('has a line for epochs 1, 2, 5, 10, 20 …', () => {
    expect(Array.from({ length: 1001 }, (_, i) => i).filter(isMilestone)).toEqual([
      1, 2, 5, 10, 20, 50, 100, 200, 500, 1000
    ])
  })
  it('says what an epoch brought and how it ended', () => {
    const record = {
      epoch: 5,
      step: 40,
      trainLoss: 0.25,
      validationLoss: 0.5,
      trainMetric: 0.9,
      validationMetric: 0.8,
      gradientNorms: [],
      learningRate: 0.1,
      seconds: 1
    }
    expect(epochText(record, 'accuracy')).toBe(
      'Epoch 5: training loss 0.2500, accuracy 90.0 %, validation loss 0.5000, validation accuracy 80.0 %.'
    )
    expect(
      epochText({ ...record, validationLoss: null, validationMetric: null, trainMetric: 2 }, 'meanAbsoluteError')
    ).toBe('Epoch 5: training loss 0.2500, mean absolute error 2.000.')
    const progress = {
      state: 'finished',
      step: 80,
      epoch: 10,
      epochs: 10,
      stepsPerEpoch: 8,
      learningRate: 0.1,
      scheduledRate: 0.1,
      bestEpoch: null,
      stoppedEarly: false,
      stepsPerSecond: 0,
      seconds: 75
    } as const
    expect(finishedText(progress, record)).toBe(
      'Finished 10 epochs in 1:15. Smallest validation loss 0.5000 at epoch 5.'
    )
    expect(finishedText({ ...progress, epoch: 1 }, null)).toBe('Finished 1 epoch in 1:15.')
  })
  it('say which weights early stopping left', () => {
    const progress = {
      state: 'finished',
      step: 456,
      epoch: 57,
      epochs: 100,
      stepsPerEpoch: 8,
      learningRate: 0.1,
      scheduledRate: 0.1,
      bestEpoch: 37,
      stoppedEarly: true,
      stepsPerSecond: 0,
      seconds: 75
    } as const
    expect(stoppedEarlyText(progress)).toBe('Stopped early at epoch 57: best was epoch 37, whose weights are used')
    expect(finishedText(progress, null)).toBe(`${stoppedEarlyText(progress)}, after 1:15.`)
    expect(finishedText({ ...progress, epoch: 100, stoppedEarly: false }, null)).toBe(
      'Finished 100 epochs in 1:15: best was epoch 37, whose weights are used.'
    )
    expect([stateWord('finished', true), stateWord('finished', false)]).toEqual(['Stopped early', 'Finished'])
  })
})

describe('staleReason', () => {
  const design: Design = {
    ...emptyDesign(),
    network: {
      nodes: [
        { id: 'input', type: 'input', position: { x: 0, y: 0 } },
        { id: 'dense-1', type: 'dense', units: 8, initializer: 'he', position: { x: 0, y: 0 } }
      ],
      edges: [{ source: 'input', target: 'dense-1' }]
    }
  }
  const basis = { design, table: 1 }
  const withDense = (change: object): Design => ({
    ...design,
    network: {
      ...design.network,
      nodes: design.network.nodes.map((node) => (node.type === 'dense' ? { ...node, ...change } : node))
    }
  })
  const withTraining = (change: object): Design => ({ ...design, training: { ...design.training, ...change } })

  it('is null for the same design and for changes that cannot change a number', () => {
    expect(staleReason(basis, basis)).toBeNull()
    expect(staleReason(basis, { ...basis, design: withDense({ position: { x: 9, y: 9 }, name: 'Hidden' }) })).toBeNull()
    expect(staleReason(basis, { ...basis, design: withTraining({ epochs: 7 }) })).toBeNull()
    const optimizer = { ...design.training.optimizer, learningRate: 0.5 }
    expect(staleReason(basis, { ...basis, design: withTraining({ optimizer }) })).toBeNull()
  })
  it('names what changed', () => {
    expect(staleReason(basis, { ...basis, design: withDense({ units: 9 }) })).toBe(
      'The network changed since this run started.'
    )
    expect(staleReason(basis, { ...basis, design: withTraining({ batchSize: 7 }) })).toBe(
      'The training settings changed since this run started.'
    )
    expect(staleReason(basis, { design, table: 2 })).toBe('Another table was opened since this run started.')
  })
})

describe('the transport', () => {
  it('pauses what runs, goes on with what waits, and trains anew otherwise', () => {
    expect([mainAction('running', true), mainAction('paused', false), mainAction('paused', true)]).toEqual([
      'pause',
      'resume',
      'train'
    ])
    expect([mainAction('idle', false), mainAction('finished', false), mainAction('failed', false)]).toEqual([
      'train',
      'train',
      'train'
    ])
  })
  it('shows the share of planned steps', () => {
    expect(shareDone({ step: 25, epochs: 10, stepsPerEpoch: 10 })).toBe(0.25)
    expect([shareDone(null), shareDone({ step: 5, epochs: 0, stepsPerEpoch: 0 })]).toEqual([0, 0])
  })
})
