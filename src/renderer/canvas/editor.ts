import { blockType, type BlockName } from '../../shared/catalogue/blocks'
import type { DesignEdge, Network } from '../../shared/design/schema'
import { edgeRefusals, refuseEdge } from '../../shared/network/check'
import type { ParameterValue } from '../../shared/catalogue/parameter'
import { doc } from '../state/document.svelte'
import { notices } from '../state/notices.svelte'
import { BLOCK_HEIGHT, BLOCK_WIDTH, GRID, snap, type Point } from './geometry'
import { flow } from './flow.svelte'
import * as operations from './operations'
import { findBlock, titleOf, type BlockSpec, type Fragment } from './operations'

/** Every edit a person can make on the canvas, as one undoable step each, with the selection that follows it. */

interface Outcome {
  readonly network: Network
  /** What is selected afterwards; by default the selection stays. */
  readonly select?: readonly string[]
}

function edit(label: string, change: (network: Network) => Outcome, gesture?: string): void {
  let select: readonly string[] | undefined
  doc.transact(
    label,
    (design) => {
      const outcome = change(design.network)
      select = outcome.select
      return outcome.network === design.network ? design : { ...design, network: outcome.network }
    },
    gesture === undefined ? {} : { gesture }
  )
  if (select !== undefined) flow.select(new Set(select))
}

/** "ReLU", "Dense", "2 blocks": what a step's label speaks of. */
function nameOf(spec: BlockSpec): string {
  const { title, parameters } = blockType(spec.type)
  for (const [key, parameter] of Object.entries(parameters)) {
    const value = spec.values?.[key]
    if (parameter.control !== 'choice' || value === undefined) continue
    return parameter.options.find((option) => option.value === value)?.label ?? title
  }
  return title
}
function countOf(ids: ReadonlySet<string>): string {
  const [only] = ids
  const block = ids.size === 1 && only !== undefined ? doc.nodes.get(only) : undefined
  return block === undefined ? `${ids.size} blocks` : titleOf(block)
}

/** Where a new block goes. */
export type Where =
  | { readonly kind: 'at'; readonly point: Point }
  | { readonly kind: 'wire'; readonly wire: DesignEdge; readonly point: Point }
  | { readonly kind: 'loose end'; readonly block: string; readonly port: 'source' | 'target'; readonly point: Point }
  /** After the selected block, or in the middle of the view. */
  | { readonly kind: 'anywhere' }

export function add(spec: BlockSpec, where: Where): void {
  edit(`Add ${nameOf(spec)}`, (network) => {
    const { network: next, id } = added(network, spec, where)
    return { network: next, select: [id] }
  })
  const [id] = flow.blocks
  if (id !== undefined) flow.view?.reveal(id)
}

function added(network: Network, spec: BlockSpec, where: Where): operations.Added {
  switch (where.kind) {
    case 'wire':
      return operations.addOnWire(network, spec, where.wire, where.point)
    case 'loose end':
      return operations.addConnected(network, spec, { block: where.block, port: where.port }, where.point)
    case 'at':
      return operations.addBlock(network, spec, where.point)
    case 'anywhere': {
      const selected = flow.single === null ? undefined : findBlock(network, flow.single)
      if (selected !== undefined && blockType(selected.type).ports.output)
        return operations.addAfter(network, spec, selected.id)
      const centre = flow.view?.centre() ?? { x: 0, y: 0 }
      const wanted = { x: centre.x - BLOCK_WIDTH / 2, y: centre.y - BLOCK_HEIGHT / 2 }
      return operations.addBlock(network, spec, operations.freePlace(network, wanted))
    }
  }
}

/** Draw a wire; says why when it cannot be. */
export function connect(source: string, target: string): void {
  const refused = refuseEdge(doc.design.network, source, target)
  if (refused !== null) {
    notices.warn(refused)
    return
  }
  edit('Connect', (network) => ({ network: operations.connect(network, source, target) }))
}
export function reconnect(old: DesignEdge, next: DesignEdge): void {
  edit('Move wire', (network) => ({ network: operations.reconnect(network, old, next) }))
}
export function disconnect(wire: DesignEdge): void {
  edit('Delete wire', (network) => ({ network: operations.disconnect(network, wire) }))
}
export function splice(id: string, wire: DesignEdge, places: ReadonlyMap<string, Point>): void {
  edit('Insert into wire', (network) => ({
    network: operations.spliceBlock(operations.placeBlocks(network, places), id, wire)
  }))
}

/** Blocks were dragged: one step, however long the way. */
export function place(places: ReadonlyMap<string, Point>): void {
  edit(`Move ${countOf(new Set(places.keys()))}`, (network) => ({ network: operations.placeBlocks(network, places) }))
}

/** Move the selection by grid steps; repeats while the key is held are one step. */
export function nudge(direction: Point, steps: number): void {
  const ids = flow.blocks
  if (ids.size === 0) return
  edit(
    `Move ${countOf(ids)}`,
    (network) => ({
      network: operations.nudgeBlocks(network, ids, { x: direction.x * steps * GRID, y: direction.y * steps * GRID })
    }),
    `nudge ${[...ids].join(' ')}`
  )
}

export function deleteSelection(heal: boolean): void {
  const { blocks, wires } = flow
  const gone = operations.removable(doc.design.network, blocks)
  if (gone.size === 0 && wires.size === 0) {
    if (blocks.size > 0) notices.info('Input and Output stand in every network and cannot be deleted.')
    return
  }
  const label =
    gone.size === 0 ? (wires.size === 1 ? 'Delete wire' : `Delete ${wires.size} wires`) : `Delete ${countOf(gone)}`
  // Wires of a deleted block go with it; when healing, those selected along with it by a box must not count as chosen.
  const lone = gone.size === 0 || !heal ? wires : new Set<string>()
  edit(label, (network) => ({
    network: (heal ? operations.removeAndHeal : operations.remove)(network, { blocks: gone, wires: lone }),
    select: []
  }))
}

export function rename(id: string, name: string): void {
  const block = doc.nodes.get(id)
  if (block === undefined) return
  edit(`Rename ${titleOf(block)}`, (network) => ({ network: operations.renameBlock(network, id, name) }))
}

/** @param gesture see `EditOptions`: a scrub or a stretch of typing is one step */
export function setParameter(
  ids: ReadonlySet<string>,
  key: string,
  value: ParameterValue,
  label: string,
  gesture?: string
): void {
  edit(
    `Change ${label.toLowerCase()}`,
    (network) => ({ network: operations.setValues(network, ids, { [key]: value }) }),
    gesture
  )
}

/** Any change of the network made elsewhere: a fix, a proposal. */
export function change(label: string, make: (network: Network) => Network): void {
  edit(label, (network) => ({ network: make(network) }))
}

export function tidy(): void {
  edit('Tidy layout', (network) => ({ network: operations.tidy(network) }))
  flow.view?.fit()
}

let clipboard: Fragment | null = null
/** How often the same fragment was pasted: each copy lands a little further. */
let pasted = 0

/** @returns the copied blocks as text for the system's clipboard, or null when nothing that can be copied is selected */
export function copy(): string | null {
  const fragment = operations.copyBlocks(doc.design.network, flow.blocks)
  if (fragment.nodes.length === 0) return null
  clipboard = fragment
  pasted = 0
  return operations.formatFragment(fragment)
}
export function cut(): string | null {
  const text = copy()
  if (text === null) return null
  const ids = operations.removable(doc.design.network, flow.blocks)
  edit(`Cut ${countOf(ids)}`, (network) => ({
    network: operations.remove(network, { blocks: ids, wires: new Set() }),
    select: []
  }))
  // What was cut comes back where it was.
  pasted = -1
  return text
}
/** Paste what the system's clipboard holds; without any text, what was copied last in this window. */
export function paste(text: string | null, at: Point | null = null): void {
  const foreign = text === null ? null : operations.parseFragment(text)
  if (text !== null && foreign === null) return
  if (foreign !== null && (clipboard === null || text !== operations.formatFragment(clipboard))) {
    clipboard = foreign
    pasted = 0
  }
  if (clipboard === null) return
  const fragment = clipboard
  pasted += 1
  const by = at === null ? { x: 2 * GRID * pasted, y: 2 * GRID * pasted } : offsetTo(fragment, at)
  insert(fragment, by, 'Paste')
}
export function duplicate(): void {
  const fragment = operations.copyBlocks(doc.design.network, flow.blocks)
  if (fragment.nodes.length > 0) insert(fragment, { x: 2 * GRID, y: 2 * GRID + BLOCK_HEIGHT }, 'Duplicate')
}

function insert(fragment: Fragment, by: Point, verb: string): void {
  const what = fragment.nodes.length === 1 ? '1 block' : `${fragment.nodes.length} blocks`
  edit(`${verb} ${what}`, (network) => {
    const { network: next, ids } = operations.pasteBlocks(network, fragment, by)
    return { network: next, select: ids }
  })
}
function offsetTo(fragment: Fragment, at: Point): Point {
  const left = Math.min(...fragment.nodes.map((node) => node.position.x))
  const top = Math.min(...fragment.nodes.map((node) => node.position.y))
  return snap({ x: at.x - left, y: at.y - top })
}

/** Select the block before or after along the wires. */
export function walk(direction: 'back' | 'forward'): void {
  const from = flow.single ?? (direction === 'forward' ? null : (doc.check.order.at(-1) ?? null))
  if (from === null) {
    const first = doc.check.order[0] ?? doc.design.network.nodes[0]?.id
    if (first !== undefined) flow.show(first)
    return
  }
  const { edges } = doc.design.network
  const next =
    direction === 'forward'
      ? edges.find((edge) => edge.source === from)?.target
      : edges.find((edge) => edge.target === from)?.source
  if (next !== undefined) flow.show(next)
}

/** Blocks a wire from this block could go to, each with the reason why not. */
export function wireTargets(
  from: string,
  port: 'source' | 'target'
): { id: string; title: string; type: BlockName; refused: string | null; connected: boolean }[] {
  const { network } = doc.design
  const refusalOf = edgeRefusals(network, from, port)
  const connected = new Set(
    network.edges.flatMap(({ source, target }) =>
      port === 'source' ? (source === from ? [target] : []) : target === from ? [source] : []
    )
  )
  return network.nodes
    .filter(
      (node) =>
        node.id !== from && (port === 'source' ? blockType(node.type).ports.input : blockType(node.type).ports.output)
    )
    .map((node) => {
      return {
        id: node.id,
        title: titleOf(node),
        type: node.type,
        refused: refusalOf(node.id),
        connected: connected.has(node.id)
      }
    })
}
