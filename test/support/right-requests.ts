import { join } from 'node:path'
import type { LaminaContract } from '../../src/shared/contract'
import type { Client, Params, RequestName } from '../../src/shared/rpc'
import type { Ground } from '../torture/malformed/ground'
import type { ValidRequest } from './malformed-messages'
import type { TestService } from './test-service'

/** One or more right sets of parameters for each request there is: the compiler names a new one that is missing here. */
type EveryRequest = {
  readonly [N in RequestName<LaminaContract>]: readonly [
    Params<LaminaContract, N>,
    ...(readonly Params<LaminaContract, N>[])
  ]
}

/**
 * Every request of the contract as a page would rightly make it, with what the person handed over: a design, a table,
 * weights, a run and a journal.
 */
export async function rightRequests(
  client: Client<LaminaContract>,
  host: TestService,
  ground: Ground
): Promise<readonly ValidRequest[]> {
  const { id: design } = await host.service.grantFile(ground.design)
  const { id: table } = await host.service.grantFile(ground.table)
  const { design: content } = await client.request('design.open', { file: design })
  const { id: dataset } = await client.request('dataset.open', { file: table, overrides: {} })
  const { id: another } = await client.request('dataset.open', { file: table, overrides: {} })
  const quick = { ...content, training: { ...content.training, epochs: 2 } }
  const start = { initialWeights: null, paused: false, everyEpoch: false, seed: null, threads: 1 as const }
  const { id: run } = await client.request('training.start', { design: quick, dataset, ...start })
  host.answers.save = ground.weights
  const exported = await client.request('weights.export', { run, file: null })
  const weights = exported?.file.id ?? ''
  host.answers.save = join(ground.handedOver, 'saved.lamina')
  const { id: imported } = await client.request('weights.import', { file: weights })
  const settings = { targets: ['species'], features: 'auto' as const, columns: {} }
  if (content.dataset === null) throw new Error('The design has no table.')
  const { path: _path, reading: _reading, ...whole } = content.dataset
  const view = { sort: { column: 0, direction: 'ascending' as const }, filters: [], search: '' }
  const row = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 }
  const head = {
    title: 'Iris',
    cursor: 1,
    saved: 0,
    modified: true,
    file: design,
    tables: [{ key: 1, file: table, overrides: {} }]
  }
  const steps = [{ label: 'Rename', patch: [{ kind: 'set' as const, path: ['design', 'name'], value: 'Renamed' }] }]
  const journalled = { base: { design: { ...quick }, table: 1 }, steps, head }
  const { journal } = await client.request('journal.write', {
    journal: null,
    change: { kind: 'whole', content: journalled }
  })
  const delta = { forget: 0, keep: 1, steps, savedUnchanged: false, head: { ...head, cursor: 2 } }

  const every: EveryRequest = {
    'app.hello': [{}],
    'files.choose': [{ purpose: 'dataset' }],
    'files.forgetRecent': [{}],
    'design.open': [{ file: design }],
    'design.openExample': [{ example: 'iris' }],
    'design.save': [
      { design: quick, file: design, dataset: null },
      { design: quick, file: null, dataset, overwrite: true }
    ],
    'journal.write': [
      { journal, change: { kind: 'whole', content: journalled } },
      { journal, change: { kind: 'delta', after: 1, delta } }
    ],
    'journal.list': [{}],
    'journal.take': [{ journal }],
    'journal.discard': [{ journal }],
    'journal.leave': [{}],
    'dataset.open': [{ file: table, overrides: {} }],
    'dataset.close': [{ dataset: another }],
    'dataset.rows': [{ dataset, offset: 0, limit: 5 }],
    'dataset.saveNormalized': [{ dataset, file: null }],
    'dataset.relations': [{ ...settings, dataset }],
    'dataset.view': [{ dataset, view, window: { offset: 0, limit: 5, columns: { from: 0, to: 3 } } }],
    'dataset.place': [{ dataset, view, row: 3 }],
    'dataset.memory': [{}],
    'dataset.limitMemory': [{ bytes: null }],
    'dataset.prepare': [{ dataset, settings: whole, categoricalEncoding: 'oneHot' }],
    'training.start': [{ design: quick, dataset, ...start }],
    'training.current': [{}],
    'training.resume': [{ run }],
    'training.pause': [{ run }],
    'training.step': [{ run }],
    'training.stop': [{ run }],
    'training.setLearningRate': [{ run, learningRate: 0.01 }],
    'training.setEpochs': [{ run, epochs: 2 }],
    'training.acknowledge': [{ run, sequence: 1 }],
    'training.evaluate': [{ run, split: 'train' }],
    'runs.list': [{}],
    'runs.open': [{ run }],
    'runs.resume': [{ run, epochs: 3, paused: true }],
    'runs.restoreDesign': [{ run }],
    'runs.rename': [{ run, name: 'Renamed' }],
    'runs.delete': [{ runs: [] }],
    'runs.changeSettings': [{ resumeAutomatically: true, mostRuns: 50, mostBytes: 2 ** 30 }],
    'weights.export': [{ run, file: null }],
    'weights.import': [{ file: weights }],
    'weights.predict': [{ predictor: { kind: 'weights', weights: imported }, rows: [row] }],
    'weights.predictTable': [{ weights: imported, table: dataset, file: null }],
    'weights.evaluateTable': [{ weights: imported, table: dataset }]
  }
  return Object.entries(every).flatMap(([name, all]) => all.map((params) => ({ name, params })))
}
