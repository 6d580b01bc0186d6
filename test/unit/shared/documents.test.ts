import { describe, expect, it } from 'vitest'
import { defaultsOf } from '../../../src/shared/catalogue/parameter'
import { scheduleNames, schedules, type ScheduleSettings } from '../../../src/shared/catalogue/schedules'
import { formatDesign, parseDesign } from '../../../src/shared/design/document'
import type { Design } from '../../../src/shared/design/schema'
import { LaminaError } from '../../../src/shared/errors'
import { emptyDesign, proposeNetwork } from '../../../src/shared/network/propose'
import { formatWeights, parseWeights, planOfWeights, shortestFloat32 } from '../../../src/shared/weights/document'
import type { WeightsDocument } from '../../../src/shared/weights/schema'

const design = (): Design => ({
  ...emptyDesign(),
  name: 'Iris',
  network: proposeNetwork('classification', [{ units: 16, function: 'relu' }])
})
const failureOf = (read: () => unknown): { code: string; message: string } => {
  try {
    read()
  } catch (error) {
    if (error instanceof LaminaError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('expected a failure')
}
type Loose = Record<string, unknown>
const edited = (
  edit: (document: { network: { nodes: Loose[]; edges: Loose[] }; training: Loose } & Loose) => void
): string => {
  const document = JSON.parse(formatDesign(design()))
  edit(document)
  return JSON.stringify(document)
}

describe('design documents', () => {
  it('survive writing and reading unchanged', () => {
    expect(parseDesign(formatDesign(design()), 'iris.lamina')).toEqual(design())
  })

  it('take defaults for what an author left out', () => {
    const minimal = JSON.stringify({
      format: 'lamina-design',
      version: 1,
      name: 'x',
      network: { nodes: [{ id: 'dense-1', type: 'dense', position: { x: 0, y: 0 } }], edges: [] },
      dataset: { path: 'iris.csv', targets: ['species'] },
      training: { optimizer: { type: 'sgd' } }
    })
    const parsed = parseDesign(minimal, 'x.lamina')
    expect(parsed.network.nodes[0]).toEqual({
      id: 'dense-1',
      type: 'dense',
      position: { x: 0, y: 0 },
      units: 16,
      initializer: 'he'
    })
    expect(parsed.dataset).toEqual({
      path: 'iris.csv',
      reading: {},
      targets: ['species'],
      features: 'auto',
      columns: {},
      scaling: 'standard',
      missing: 'error',
      maxCategories: 100,
      split: { validation: 0.2, test: 0, seed: 0, stratify: true }
    })
    expect(parsed.training.optimizer).toEqual({ type: 'sgd', learningRate: 0.1, momentum: 0, nesterov: false, l2: 0 })
  })

  it('of before there were schedules are still read', () => {
    const old = edited((d) => Object.assign(d.training, { schedule: null, earlyStopping: null }))
    expect(parseDesign(old, 'old.lamina').training).toMatchObject({ schedule: null, earlyStopping: null })
    const older = edited((d) => Object.assign(d, { training: { optimizer: { type: 'sgd' } } }))
    expect(parseDesign(older, 'older.lamina').training).toMatchObject({ schedule: null, earlyStopping: null })
  })

  it('take the defaults of a schedule, of early stopping and of dropout', () => {
    const text = edited((d) => {
      Object.assign(d.training, { schedule: { type: 'reduceOnPlateau', patience: 3 }, earlyStopping: {} })
      d.network.nodes.push({ id: 'dropout-1', type: 'dropout', position: { x: 0, y: 0 } })
    })
    const { training, network } = parseDesign(text, 'x.lamina')
    expect(training.schedule).toEqual({
      type: 'reduceOnPlateau',
      factor: 0.5,
      patience: 3,
      endShare: 0.001,
      warmupEpochs: 0
    })
    expect(training.earlyStopping).toEqual({ patience: 20, minimumImprovement: 0 })
    expect(network.nodes.at(-1)).toMatchObject({ type: 'dropout', rate: 0.2 })
  })

  it.each(scheduleNames)('survive with the schedule %s', (type) => {
    const schedule = { type, ...defaultsOf(schedules[type].parameters) } as ScheduleSettings
    const scheduled = { ...design(), training: { ...design().training, schedule } }
    expect(parseDesign(formatDesign(scheduled), 'iris.lamina')).toEqual(scheduled)
  })

  it.each<[string, string, string, string | RegExp]>([
    [
      'text that is not JSON',
      '{"format": ',
      'invalidDesign',
      /^bad\.lamina is not a Lamina design: it is not valid JSON \(.+\)\.$/
    ],
    [
      'an array',
      '[]',
      'invalidDesign',
      'bad.lamina is not a Lamina design: expected a JSON object with "format": "lamina-design".'
    ],
    [
      'another format',
      '{"format":"lamina-weights","version":1}',
      'invalidDesign',
      'bad.lamina is not a Lamina design: expected "format": "lamina-design", found format "lamina-weights".'
    ],
    [
      'no version',
      '{"format":"lamina-design"}',
      'invalidDesign',
      'bad.lamina has no usable version: expected a whole number from 1, found nothing.'
    ],
    [
      'a future version',
      '{"format":"lamina-design","version":7}',
      'unsupportedVersion',
      'bad.lamina was written by a newer Lamina (version 7 of the Lamina design format; this one reads up to 1). Update Lamina to open it.'
    ],
    [
      'units out of range',
      edited((d) => Object.assign(d.network.nodes[1] ?? {}, { units: 0 })),
      'invalidDesign',
      /at network\.nodes\[1\]\.units: .*expected/i
    ],
    [
      'an unknown activation',
      edited((d) => Object.assign(d.network.nodes[2] ?? {}, { function: 'rellu' })),
      'invalidDesign',
      /at network\.nodes\[2\]\.function: expected one of identity, relu, .* found "rellu"/
    ],
    [
      'a second block with one id',
      edited((d) => Object.assign(d.network.nodes[1] ?? {}, { id: 'input' })),
      'invalidDesign',
      'bad.lamina is not valid: at network.nodes[1].id: a second block with the id "input".'
    ],
    [
      'an edge to nowhere',
      edited((d) => d.network.edges.push({ source: 'input', target: 'nope' })),
      'invalidDesign',
      'bad.lamina is not valid: at network.edges[5].target: there is no block "nope".'
    ],
    [
      'a schedule out of range',
      edited((d) => Object.assign(d.training, { schedule: { type: 'step', factor: 7 } })),
      'invalidDesign',
      'bad.lamina is not valid: at training.schedule.factor: expected a number from 0.000001 to 1, found 7'
    ],
    [
      'a setting of another schedule',
      edited((d) => Object.assign(d.training, { schedule: { type: 'cosine', patience: 3 } })),
      'invalidDesign',
      /at training\.schedule: .*"patience"/
    ],
    [
      'an unknown schedule',
      edited((d) => Object.assign(d.training, { schedule: { type: 'stairs' } })),
      'invalidDesign',
      /at training\.schedule\.type: .*/
    ],
    [
      'impossible patience',
      edited((d) => Object.assign(d.training, { earlyStopping: { patience: 0 } })),
      'invalidDesign',
      'bad.lamina is not valid: at training.earlyStopping.patience: expected a whole number from 1 to 1000000, found 0'
    ],
    [
      'dropout of everything',
      edited((d) =>
        Object.assign(d.network.nodes[1] ?? {}, { type: 'dropout', units: undefined, initializer: undefined, rate: 1 })
      ),
      'invalidDesign',
      'bad.lamina is not valid: at network.nodes[1].rate: expected a number from 0 to 0.99, found 1'
    ],
    ['an unknown key', edited((d) => Object.assign(d, { colour: 'red' })), 'invalidDesign', /colour/]
  ])('refuse %s', (_, text, code, message) => {
    const failure = failureOf(() => parseDesign(text, 'bad.lamina'))
    expect(failure.code).toBe(code)
    if (typeof message === 'string') expect(failure.message).toBe(message)
    else expect(failure.message).toMatch(message)
  })
})

const weights = (): WeightsDocument => ({
  format: 'lamina-weights',
  version: 1,
  name: 'Iris',
  layers: [
    {
      id: 'dense-1',
      type: 'dense',
      inputs: 2,
      units: 2,
      weights: [
        [0.1, 0.2, 0.3],
        [-1, 1e-7, 0]
      ]
    },
    { id: 'act-1', type: 'activation', function: 'softmax' }
  ],
  loss: 'crossEntropy',
  preprocessing: {
    features: [
      { column: 'a', kind: 'numeric', scaling: 'standard', mean: 1, scale: 2, missing: null },
      { column: 'b', kind: 'numeric', scaling: 'standard', mean: 0, scale: 1, missing: 0 }
    ],
    targets: [{ column: 'c', kind: 'categorical', encoding: 'oneHot', classes: ['no', 'yes'] }]
  },
  training: { epochs: 3, seed: 1, dataset: { sha256: 'ab', rows: 10 }, metrics: { validationLoss: 0.5 } },
  testVectors: [{ input: { a: 1, b: 2 }, output: [0.4, 0.6] }]
})

describe('weights documents', () => {
  it('survive writing and reading, with one matrix row a line', () => {
    const text = formatWeights(weights())
    expect(text).toContain('        [0.1,0.2,0.3],\n')
    expect(parseWeights(text, 'w.json')).toEqual(weights())
  })

  it('become the plan that computes them', () => {
    expect(planOfWeights(weights())).toEqual({
      inputs: 2,
      outputs: 2,
      loss: 'crossEntropy',
      operations: [
        { type: 'dense', id: 'dense-1', input: 0, inputs: 2, units: 2, initializer: 'zeros' },
        { type: 'activation', id: 'act-1', input: 1, units: 2, function: 'softmax' }
      ]
    })
  })

  const broken = (edit: (document: WeightsDocument) => void): string => {
    const document = weights()
    edit(document)
    return JSON.stringify(document)
  }
  it.each([
    [
      'a short row',
      broken((d) => d.layers[0]?.type === 'dense' && d.layers[0].weights[1]?.pop()),
      'w.json is not valid: at layers[0].weights[1]: expected 3 numbers, found 2.'
    ],
    [
      'a missing row',
      broken((d) => d.layers[0]?.type === 'dense' && d.layers[0].weights.pop()),
      'w.json is not valid: at layers[0].weights: expected 2 rows, found 1.'
    ],
    [
      'layers that do not fit the features',
      broken((d) => d.preprocessing.features.pop()),
      'w.json is not valid: at layers[0].inputs: expected 1, what arrives from before it, found 2.'
    ],
    [
      'layers that do not fit the target',
      broken(
        (d) => d.preprocessing.targets[0]?.kind === 'categorical' && d.preprocessing.targets[0].classes.push('maybe')
      ),
      'w.json is not valid: at layers: the last layer puts out 2 values, but the targets need 3.'
    ]
  ])('refuse %s', (_, text, message) => {
    expect(failureOf(() => parseWeights(text, 'w.json'))).toEqual({ code: 'invalidWeights', message })
  })

  it('write the shortest decimal that reads back to the same float32', () => {
    expect(shortestFloat32(Math.fround(0.1))).toBe(0.1)
    expect(shortestFloat32(Math.fround(1 / 3))).toBe(0.33333334)
    expect(shortestFloat32(-0)).toBe(0)
    expect(shortestFloat32(2 ** -149)).toBe(1e-45)
    expect(shortestFloat32(16_777_217)).toBe(16_777_216)
    const bits = new DataView(new ArrayBuffer(4))
    let state = 12345
    for (let trial = 0; trial < 20_000; trial++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      bits.setInt32(0, state)
      const value = bits.getFloat32(0) + 0
      if (!Number.isFinite(value)) continue
      const shortest = shortestFloat32(value)
      expect(Math.fround(shortest)).toBe(value)
      // No decimal with one digit less reads back to the same float32.
      const digits = shortest.toExponential().replace(/e.*|[-.]/g, '').length
      if (digits > 1) expect(Math.fround(Number(value.toPrecision(digits - 1)))).not.toBe(value)
    }
    expect(() => shortestFloat32(Number.NaN)).toThrow('A weight is NaN')
  })
})
