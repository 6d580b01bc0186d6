import type { OpenDataset } from '../../shared/contract'
import type { Design } from '../../shared/design/schema'
import { sameContent } from '../../shared/same-content'

/** What a run is about: a design and which of the window's tables it goes with. */
export interface RunBasis {
  readonly design: Design
  readonly table: number | null
}
/** A run's design and table as they were when it started. */
export interface RunSource extends RunBasis {
  readonly dataset: OpenDataset
}

/**
 * Why a run no longer is about the design on the canvas, in words; null while it is. What cannot change the numbers
 * (positions, names, where the table lies) or can be changed while training (learning rate, epochs) does not count.
 */
export function staleReason(started: RunBasis, now: RunBasis): string | null {
  if (started.table !== now.table) return 'Another table was opened since this run started.'
  const a = started.design
  const b = now.design
  if (a.network !== b.network && !sameContent(networkFacts(a), networkFacts(b)))
    return 'The network changed since this run started.'
  if (a.dataset !== b.dataset && !sameContent(datasetFacts(a), datasetFacts(b)))
    return 'The dataset settings changed since this run started.'
  if (a.training !== b.training && !sameContent(trainingFacts(a), trainingFacts(b)))
    return 'The training settings changed since this run started.'
  return null
}

function networkFacts({ network }: Design): unknown {
  return {
    nodes: network.nodes.map(({ name: _name, position: _position, ...facts }) => facts).sort(byText),
    edges: network.edges.map(({ source, target }) => ({ source, target })).sort(byText)
  }
}
function datasetFacts({ dataset }: Design): unknown {
  if (dataset === null) return null
  const { path: _path, ...facts } = dataset
  return facts
}
function trainingFacts({ training }: Design): unknown {
  const { epochs: _epochs, optimizer, ...facts } = training
  return { ...facts, optimizer: { ...optimizer, learningRate: null } }
}
function byText(a: unknown, b: unknown): number {
  const left = JSON.stringify(a)
  const right = JSON.stringify(b)
  return left < right ? -1 : left > right ? 1 : 0
}
