import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CurrentRun } from '../../../src/service/training/current-run'
import { parseDesign } from '../../../src/shared/design/document'
import { LaminaError } from '../../../src/shared/errors'
import { checkNetwork } from '../../../src/shared/network/check'
import type { PreparedManifest } from '../../../src/shared/prepared'
import { progressAt } from '../../support/progress'
import { resources } from '../../support/test-service'

const design = parseDesign(readFileSync(join(resources, 'examples', 'iris.lamina'), 'utf8'), 'iris.lamina')
const manifest: PreparedManifest = {
  format: 'lamina-prepared',
  version: 1,
  id: 'iris',
  dataset: { name: 'iris.csv', sha256: '00', rows: 150 },
  rows: { train: 120, validation: 30, test: 0 },
  inputs: 1,
  outputs: 3,
  task: 'classification',
  preprocessing: {
    features: [{ column: 'a', kind: 'numeric', scaling: 'none', mean: 0, scale: 1, missing: null }],
    targets: [{ column: 'b', kind: 'categorical', encoding: 'oneHot', classes: ['x', 'y', 'z'] }]
  },
  files: { features: 'features.f32', targets: 'targets.f32' },
  samples: []
}

function newRun(): CurrentRun {
  const { plan } = checkNetwork(design.network, { features: 1, outputs: 3, task: 'classification' })
  if (plan === null) throw new Error('The example cannot be trained.')
  const description = {
    engine: 'reference' as const,
    layers: [{ id: 'dense-1', inputs: 1, units: 3 }],
    metric: 'accuracy' as const,
    parameters: 6,
    memoryBytes: 24,
    trainRows: 120,
    validationRows: 30,
    classWeights: null
  }
  return new CurrentRun(
    { id: 'run', name: design.name, startedAt: 0, checkpointPath: null, kept: true },
    {
      design,
      seed: 1,
      threads: null,
      everyEpoch: false,
      initialWeights: null,
      fold: null,
      network: plan,
      manifest,
      manifestPath: '/nowhere/manifest.json',
      table: { path: '/nowhere/iris.csv', overrides: {} }
    },
    description,
    progressAt('paused', 0),
    () => undefined
  )
}

describe('what the service knows of a run', () => {
  it('is that it failed, until it goes on', () => {
    const run = newRun()
    run.fail(new LaminaError('numericalFailure', 'Training stopped at step 3.'))
    expect(run.describe()).toMatchObject({
      error: { code: 'numericalFailure', message: 'Training stopped at step 3.' },
      progress: { state: 'failed' }
    })
    run.advance({ ...run.progress, learningRate: 0.001 })
    expect(run.describe().error?.code).toBe('numericalFailure')
    run.advance({ ...run.progress, state: 'running' })
    expect(run.describe()).toMatchObject({ error: null, progress: { state: 'running', learningRate: 0.001 } })
  })

  it('is no failure any more when a single step succeeded', () => {
    const run = newRun()
    run.fail(new LaminaError('numericalFailure', 'Training stopped at step 3.'))
    run.advance({ ...run.progress, state: 'paused', step: 3 })
    expect(run.describe().error).toBeNull()
  })

  it('is where its weights are: a step, or the end with the best ones', () => {
    const run = newRun()
    const places = (['running', 'paused', 'finished', 'paused', 'stopped'] as const).map((state) => {
      run.advance({ ...run.progress, state })
      return run.place
    })
    expect(places).toEqual(['step 0', 'step 0', 'end 0', 'step 0', 'step 0'])
    run.advance({ ...run.progress, step: 1 })
    expect(run.place).toBe('step 1')
  })
})
