import { blockType, type BlockName, type DesignNode } from '../../../shared/catalogue/blocks'
import { defaultsOf, type ParameterValue } from '../../../shared/catalogue/parameter'
import type { Network } from '../../../shared/design/schema'
import { BLOCK_HEIGHT, GRID, overlaps, snap, type Point } from '../geometry'

/** A block about to be made: its type, and parameters that differ from the defaults. */
export interface BlockSpec {
  readonly type: BlockName
  readonly values?: Readonly<Record<string, ParameterValue>>
}

/** What an operation that makes a block gives back. */
export interface Added {
  readonly network: Network
  readonly id: string
}

const idPrefixes: Readonly<Partial<Record<BlockName, string>>> = { activation: 'act' }

/** An id nobody has: one above the highest number in use, so that the id of a deleted block does not come back. */
export function freshId(network: Network, type: BlockName): string {
  const prefix = idPrefixes[type] ?? type
  const taken = new Set(network.nodes.map((node) => node.id))
  let highest = 0
  for (const id of taken) {
    if (!id.startsWith(`${prefix}-`)) continue
    const number = Number(id.slice(prefix.length + 1))
    if (Number.isSafeInteger(number) && number > highest) highest = number
  }
  let id = `${prefix}-${highest + 1}`
  // Beyond safe integers and 64 characters ids cannot count on; any free one will do.
  for (let index = 1; taken.has(id) || id.length > 64; index++) id = `${prefix}-${index}`
  return id
}

export function createBlock(spec: BlockSpec, id: string, position: Point): DesignNode {
  const values = { ...defaultsOf(blockType(spec.type).parameters), ...spec.values }
  return { id, type: spec.type, position: { x: position.x, y: position.y }, ...values } as unknown as DesignNode
}

/** Add a block without wires, snapped to the grid. */
export function addBlock(network: Network, spec: BlockSpec, position: Point): Added {
  const id = freshId(network, spec.type)
  return { network: { ...network, nodes: [...network.nodes, createBlock(spec, id, snap(position))] }, id }
}

/** The nearest place below `wanted` where a block covers no other. */
export function freePlace(network: Network, wanted: Point): Point {
  let place: Point = snap(wanted)
  while (network.nodes.some((node) => overlaps(node.position, place)))
    place = { x: place.x, y: place.y + BLOCK_HEIGHT + GRID }
  return place
}

/** What a block is called on the canvas and in messages. */
export function titleOf(node: DesignNode): string {
  return node.name ?? blockType(node.type).title
}

export function findBlock(network: Network, id: string): DesignNode | undefined {
  return network.nodes.find((node) => node.id === id)
}

/** Set parameters of blocks; blocks whose type has no such parameter stay as they are. */
export function setValues(
  network: Network,
  ids: ReadonlySet<string>,
  values: Readonly<Record<string, ParameterValue>>
): Network {
  const nodes = network.nodes.map((node) => {
    if (!ids.has(node.id)) return node
    const known = Object.entries(values).filter(([key]) => Object.hasOwn(blockType(node.type).parameters, key))
    return known.length === 0 ? node : ({ ...node, ...Object.fromEntries(known) } as DesignNode)
  })
  return { ...network, nodes }
}

/** Give a block the person's own name; an empty one takes the name away. Names have at most 80 characters. */
export function renameBlock(network: Network, id: string, name: string): Network {
  const text = name.trim().slice(0, 80)
  const nodes = network.nodes.map((node) => {
    if (node.id !== id) return node
    const { name: _old, ...rest } = node
    return (text === '' || text === blockType(node.type).title ? rest : { ...rest, name: text }) as DesignNode
  })
  return { ...network, nodes }
}

/** Put blocks at new places. */
export function placeBlocks(network: Network, places: ReadonlyMap<string, Point>): Network {
  const nodes = network.nodes.map((node) => {
    const place = places.get(node.id)
    return place === undefined || (place.x === node.position.x && place.y === node.position.y)
      ? node
      : { ...node, position: { x: place.x, y: place.y } }
  })
  return { ...network, nodes }
}

/** Move blocks by a distance. */
export function nudgeBlocks(network: Network, ids: ReadonlySet<string>, by: Point): Network {
  const places = network.nodes
    .filter((node) => ids.has(node.id))
    .map((node) => [node.id, { x: node.position.x + by.x, y: node.position.y + by.y }] as const)
  return placeBlocks(network, new Map(places))
}
