import { classWeightsProblem } from '../inspector/class-weights'
import { dataset } from '../state/dataset.svelte'
import { doc } from '../state/document.svelte'
import { session } from '../state/session.svelte'

/** Something that keeps training from starting. */
export interface Blocker {
  readonly message: string
  /** The block to go to, when it is about one. */
  readonly node: string | null
  /** Something that can be done about it right there. */
  readonly remedy: 'open data' | 'find table' | null
}

/** Everything that keeps training from starting now, in the order in which a person would deal with it. */
export function blockersNow(): Blocker[] {
  const blockers: Blocker[] = []
  const add = (message: string, node: string | null = null, remedy: Blocker['remedy'] = null): void =>
    void blockers.push({ message, node, remedy })
  if (session.status !== 'ready') add('Lamina is not connected to its service at the moment.')
  if (dataset.busy === 'opening') add(`${dataset.openingName ?? 'The table'} is still being read.`)
  else if (dataset.current === null) {
    if (doc.design.dataset === null) add('There is no dataset yet. Open a CSV file to train on.', null, 'open data')
    else
      add(dataset.problem ?? `The table ${doc.design.dataset.path} is not open. Show where it is.`, null, 'find table')
  } else if (dataset.problem !== null) add(dataset.problem)
  const trainRows = dataset.prepared?.rows.train
  if (dataset.settled && trainRows === 0)
    add('The split leaves no rows to train on. Make the validation and test shares smaller.')
  if (dataset.settled && dataset.settings !== null && dataset.prepared !== null) {
    const problem = classWeightsProblem(doc.design.training.classWeights, dataset.settings, dataset.prepared)
    if (problem !== null) add(problem)
  }
  for (const problem of doc.check.problems) if (problem.severity === 'error') add(problem.message, problem.node)
  return blockers
}
