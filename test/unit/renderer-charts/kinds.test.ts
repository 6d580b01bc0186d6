import { describe, expect, it } from 'vitest'
import { layerColour, layerDash } from '../../../src/renderer/charts/colours'
import {
  layersKind,
  lossKind,
  marksOf,
  metricKind,
  stepAt,
  valueAt,
  xOfStep,
  xRange
} from '../../../src/renderer/charts/kinds'
import { chartCsv, chartSummary, fileName } from '../../../src/renderer/charts/text'
import { addMarks, emptyRunData, type RunData } from '../../../src/renderer/training/run-data'
import type { EpochRecord, Progress, RunDescription } from '../../../src/shared/training-run'

const description: RunDescription = {
  engine: 'native',
  layers: [
    { id: 'dense-1', inputs: 4, units: 16 },
    { id: 'dense-2', inputs: 16, units: 3 }
  ],
  metric: 'accuracy',
  parameters: 131,
  memoryBytes: 0,
  trainRows: 40,
  validationRows: 10,
  classWeights: null
}
const progress: Progress = {
  state: 'running',
  step: 10,
  epoch: 2,
  epochs: 20,
  stepsPerEpoch: 5,
  learningRate: 0.01,
  scheduledRate: 0.01,
  bestEpoch: null,
  stoppedEarly: false,
  stepsPerSecond: 10,
  seconds: 5
}
const epoch = (number: number): EpochRecord => ({
  epoch: number,
  step: number * 5,
  trainLoss: 1 / number,
  validationLoss: 2 / number,
  trainMetric: 0.5,
  validationMetric: null,
  gradientNorms: [],
  learningRate: 0.01,
  seconds: number * 2.5
})

/** Ten steps of half a second, two epochs: loss 1 … 10, norms ten and a hundred times smaller. */
function someRun(changes: Partial<RunDescription> = {}): RunData {
  const data = emptyRunData({ ...description, ...changes }, 0.01)
  const steps = Array.from({ length: 10 }, (_, i) => i + 1)
  const envelope = (factor: number) => {
    const values = steps.map((step) => step * factor)
    return { mean: values, min: values, max: values }
  }
  data.steps.append(
    {
      last: steps,
      count: steps.map(() => 1),
      loss: envelope(1),
      gradientNorms: [envelope(0.1), envelope(0.01)],
      updateRatios: [envelope(1e-3), envelope(1e-4)]
    },
    5
  )
  data.epochs.append([epoch(1), epoch(2)])
  return data
}
const nameOf = (id: string): string => (id === 'dense-1' ? 'Hidden' : id)

describe('the series of a chart', () => {
  it('are the loss of each step, training, and validation where there is any', () => {
    expect(lossKind.traces(someRun(), 5, 'step').map((trace) => trace.id)).toEqual(['step', 'train', 'validation'])
    expect(lossKind.traces(someRun({ validationRows: 0 }), 5, 'step').map((trace) => trace.id)).toEqual([
      'step',
      'train'
    ])
    expect(metricKind('accuracy').title).toBe('Accuracy')
    expect(metricKind('meanAbsoluteError').title).toBe('Mean absolute error')
  })
  it('are one line for each dense layer, in the layer’s own colour', () => {
    const traces = layersKind('norm', nameOf).traces(someRun(), 5, 'step')
    expect(traces.map(({ id, label, colour }) => [id, label, colour])).toEqual([
      ['dense-1', 'Hidden', '--layer-0'],
      ['dense-2', 'dense-2', '--layer-1']
    ])
    expect(traces.map((trace) => valueAt(trace, 10))).toEqual([1, 0.1])
    expect(
      layersKind('ratio', nameOf)
        .traces(someRun(), 5, 'step')
        .map((trace) => valueAt(trace, 10))
    ).toEqual([1e-2, 1e-3])
  })
  it('are the same before a run, for the legend', () => {
    for (const kind of [lossKind, metricKind('accuracy'), layersKind('norm', nameOf)]) {
      const expected = kind.series({ hasValidation: true, layers: ['dense-1', 'dense-2'] })
      const drawn = kind
        .traces(someRun(), 5, 'step')
        .map(({ id, label, colour, dash }) => ({ id, label, colour, dash }))
      expect(drawn).toEqual(expected)
    }
  })
  it('tell layers beyond the palette apart by their dash', () => {
    expect(layerColour(8)).toBe(layerColour(0))
    expect(layerDash(0)).toEqual([])
    expect(layerDash(8)).not.toEqual(layerDash(0))
  })
})

describe('reading a chart', () => {
  const data = someRun()
  it('gives the value of a step, of the epoch it belongs to, or the latest', () => {
    const [each, train] = lossKind.traces(data, 5, 'step')
    if (each === undefined || train === undefined) throw new Error('The loss chart has no series.')
    expect([1, 4, 10, null].map((step) => valueAt(each, step))).toEqual([1, 4, 10, 10])
    expect([1, 5, 6, null].map((step) => valueAt(train, step))).toEqual([1, 1, 0.5, 0.5])
  })
  it('gives null for what was not measured', () => {
    const [, validation] = metricKind('accuracy').traces(data, 5, 'step')
    expect(validation === undefined ? 0 : valueAt(validation, 5)).toBeNull()
  })
  it('finds the step at a place on any axis, and back', () => {
    expect([0, 3.4, 3.6, 99].map((x) => stepAt(data, 5, 'step', x))).toEqual([1, 3, 4, 10])
    expect(stepAt(data, 5, 'epoch', 1.2)).toBe(6)
    expect(stepAt(data, 5, 'time', 2)).toBe(4)
    expect(xOfStep(data, 5, 'epoch', 6)).toBe(1.2)
    expect(xOfStep(data, 5, 'time', 4)).toBe(2)
    expect(stepAt(emptyRunData(description, 0.01), 5, 'step', 3)).toBeNull()
  })
  it('has an axis that grows to round numbers and ends where training is planned to end', () => {
    expect(xRange(data, progress, 'step')).toEqual({ min: 0, max: 10 })
    expect(xRange(data, progress, 'epoch')).toEqual({ min: 0, max: 2 })
    expect(xRange(data, progress, 'time')).toEqual({ min: 0, max: 5 })
    expect(xRange(emptyRunData(description, 0.01), { ...progress, epochs: 1, stepsPerEpoch: 7 }, 'step')).toEqual({
      min: 0,
      max: 7
    })
  })
})

describe('learning-rate marks', () => {
  it('lie where the rate changed; scrubbing at one step leaves one mark', () => {
    const data = someRun()
    addMarks(data, [
      { step: 5, learningRate: 0.1 },
      { step: 5, learningRate: 0.002 },
      { step: 10, learningRate: 1e-5 }
    ])
    expect(marksOf(data, 5, 'epoch')).toEqual([
      { at: 1, label: 'lr 0.002' },
      { at: 2, label: 'lr 1e-5' }
    ])
  })
})

describe('taking a chart away', () => {
  it('writes one measurement a line', () => {
    const data = someRun({ validationRows: 0 })
    const lines = chartCsv(lossKind.traces(data, 5, 'step'), data, 5)
      .trimEnd()
      .split('\n')
    expect(lines).toHaveLength(1 + 10 + 2)
    expect(lines[0]).toBe('series,step,epoch,seconds,steps_averaged,value,min,max')
    expect(lines[6]).toBe('Each step,6,1.2,3,1,6,6,6')
    expect(lines[12]).toBe('Training,10,2,5,5,0.5,,')
  })
  it('quotes names that need it', () => {
    const data = someRun()
    const traces = layersKind('norm', () => 'a "deep", layer').traces(data, 5, 'step')
    expect(chartCsv(traces, data, 5).split('\n')[1]).toBe('"a ""deep"", layer",1,0.2,0.5,1,0.1,0.1,0.1')
  })
  it('names files after the run and the chart', () => {
    expect(fileName('Iris: Größe', 'Gradient norm')).toBe('iris-größe-gradient-norm')
    expect(fileName('…')).toBe('chart')
  })
  it('says in a sentence what it shows', () => {
    expect(chartSummary('Loss', 0, [])).toBe('Loss: nothing measured yet.')
    expect(chartSummary('Loss', 1200, [{ label: 'Training', text: '0.1' }])).toBe(
      'Loss up to step 1\u202f200. Latest: Training 0.1.'
    )
  })
})
