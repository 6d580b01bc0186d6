import { blockType } from '../../shared/catalogue/blocks'
import type { DesignEdge } from '../../shared/design/schema'
import { edgeRefusals } from '../../shared/network/check'
import { doc } from '../state/document.svelte'
import { disconnect } from './operations'

/** A wire being drawn: where it comes from, and what it may go to. */
class Wiring {
  from = $state.raw<{ readonly block: string; readonly port: 'source' | 'target' } | null>(null)
  /** The wire whose end is being moved; it does not count while refusing others. */
  moving = $state.raw<DesignEdge | null>(null)
  /** The block under the pointer. */
  over = $state<string | null>(null)
  /** Escape was pressed: letting go does nothing. */
  cancelled = $state(false)

  /** Why the wire cannot go to a block, by block; blocks that are not in it can take it. */
  readonly refusals: ReadonlyMap<string, string> = $derived(this.#refusals())

  begin(block: string, port: 'source' | 'target'): void {
    this.from = { block, port }
    this.over = null
    this.cancelled = false
  }
  cancel(): void {
    this.end()
    this.cancelled = true
  }
  end(): void {
    this.from = null
    this.moving = null
    this.over = null
  }
  /** The wire as it would be, from the block it started at to another one. */
  wireTo(block: string): DesignEdge | null {
    const from = this.from
    if (from === null) return null
    return from.port === 'source' ? { source: from.block, target: block } : { source: block, target: from.block }
  }

  #refusals(): ReadonlyMap<string, string> {
    const from = this.from
    if (from === null) return new Map()
    const network = this.moving === null ? doc.design.network : disconnect(doc.design.network, this.moving)
    const refusalOf = edgeRefusals(network, from.block, from.port)
    const refused = new Map<string, string>()
    for (const node of network.nodes) {
      if (node.id === from.block) continue
      const { title, ports } = blockType(node.type)
      if (from.port === 'target' && !ports.output) {
        refused.set(node.id, `${title} ends the network: no wire can leave it.`)
        continue
      }
      const reason = refusalOf(node.id)
      if (reason !== null) refused.set(node.id, reason)
    }
    return refused
  }
}

export const wiring = new Wiring()
