import type { LayerFacts } from '../../shared/network/check'
import { denseOperations } from '../../shared/network/plan'
import { doc } from '../state/document.svelte'
import { run } from '../state/run.svelte'
import type { LayerReading } from '../training/readings.svelte'

/** What the run measures at a block: nothing when it trains a layer of the same name and another shape. */
export function readingOf(id: string, facts: LayerFacts | undefined): LayerReading | null {
  const layer = run.current?.description.layers.find((entry) => entry.id === id)
  if (layer === undefined || layer.inputs !== facts?.incoming || layer.units !== facts.units) return null
  return run.reading(id)
}

/** Whether the run trains a network with the layers of the one on the canvas. */
export function runFitsCanvas(): boolean {
  const layers = run.current?.description.layers
  const plan = doc.check.plan
  if (layers === undefined || plan === null) return false
  const dense = denseOperations(plan)
  return (
    dense.length === layers.length &&
    dense.every((operation, index) => {
      const layer = layers[index]
      return layer?.id === operation.id && layer.inputs === operation.inputs && layer.units === operation.units
    })
  )
}
