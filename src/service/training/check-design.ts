import type { Design, DesignDataset } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import { checkNetwork, noContext, type NetworkCheck } from '../../shared/network/check'
import { denseOperations, weightCount, type NetworkPlan } from '../../shared/network/plan'
import type { PreparedManifest } from '../../shared/prepared'

/**
 * What must hold before a table is read.
 * @throws LaminaError `invalidDesign`, naming the block
 */
export function requireTrainable(design: Design): DesignDataset {
  refuseProblems(design, checkNetwork(design.network, noContext))
  if (design.dataset === null) {
    throw new LaminaError(
      'invalidDesign',
      `"${design.name}" has no table to learn from. Open a CSV file and choose a target column.`
    )
  }
  return design.dataset
}

/**
 * The plan of a design for a prepared table.
 * @throws LaminaError `invalidDesign`, naming the block
 */
export function planFor(design: Design, manifest: PreparedManifest): NetworkPlan {
  const check = checkNetwork(design.network, {
    features: manifest.inputs,
    outputs: manifest.outputs,
    task: manifest.task
  })
  refuseProblems(design, check)
  if (check.plan !== null) return check.plan
  throw new LaminaError('internal', `The network of "${design.name}" has no problem and still no plan.`)
}

/** @throws LaminaError `invalidWeights`, naming the layer that does not fit */
export function requireFittingWeights(plan: NetworkPlan, name: string, weights: readonly Float32Array[]): void {
  const layers = denseOperations(plan)
  const shape = (units: number, inputs: number): string => `${units} × ${inputs + 1}`
  if (weights.length !== layers.length) {
    throw new LaminaError(
      'invalidWeights',
      `The initial weights "${name}" have ${weights.length} dense layers, but the network has ${layers.length}.`
    )
  }
  for (const [index, layer] of layers.entries()) {
    const found = weights[index]?.length ?? 0
    if (found === weightCount(layer)) continue
    const expected = `${shape(layer.units, layer.inputs)} = ${weightCount(layer)}`
    throw new LaminaError(
      'invalidWeights',
      `The initial weights "${name}" do not fit block "${layer.id}": expected ${expected} numbers, found ${found}.`,
      { node: layer.id }
    )
  }
}

/** A person mends a network one mistake after the other; a broken wire alone is reported at every block behind it. */
const MOST_SHOWN = 8

function refuseProblems(design: Design, check: NetworkCheck): void {
  const errors = check.problems.filter((problem) => problem.severity === 'error')
  if (errors.length === 0) return
  const named = errors.map(({ node, message }) => (node === null ? message : `Block "${node}": ${message}`))
  const shown = named.slice(0, MOST_SHOWN).join(' ')
  const more = errors.length > MOST_SHOWN ? ` (and ${errors.length - MOST_SHOWN} more)` : ''
  throw new LaminaError('invalidDesign', `The network of "${design.name}" cannot be trained. ${shown}${more}`, {
    problems: errors
  })
}
