import { crc32 } from 'node:zlib'
import type { CheckpointHeader } from '../../shared/checkpoint'
import { weightCount, type DenseOperation } from '../../shared/network/plan'
import type { Engine, FloatArray, TrainerSnapshot } from '../engine'
import type { Checkpoint } from './checkpoint'

/**
 * A checkpoint file, all numbers little-endian (docs/runs.md):
 *
 *     0   magic: 89 "LAMC" 0d 0a 1a, which text modes and cut-off transfers damage
 *     8   version, uint32
 *     12  h, bytes of the header, uint32
 *     16  CRC-32 of everything before it and of the header, uint32
 *     20  header: JSON in UTF-8, h bytes
 *         zeros up to a multiple of 8
 *         sections: arrays of floats, each followed by zeros up to a multiple of 8
 *         CRC-32 of everything before it, uint32
 *
 * Magic, version and the header's place and checksum stay as they are in every version to come.
 */
export const MAGIC = Uint8Array.of(0x89, 0x4c, 0x41, 0x4d, 0x43, 0x0d, 0x0a, 0x1a)
export const VERSION = 1
export const PREFIX_BYTES = 20
export const CHECKSUM_BYTES = 4
const ALIGNMENT = 8
/** Written at a time, so that nothing else waits long for its turn. */
const PIECE_BYTES = 2 ** 22

export type Section = CheckpointHeader['sections'][number]

/** Names and sizes of a snapshot's arrays, in the order they are written. */
export function sectionsOf(layers: readonly DenseOperation[], moments: number, hasBest: boolean): Section[] {
  const list = (name: string): Section[] =>
    layers.map((layer) => ({ name: `${name}/${layer.id}`, count: weightCount(layer) }))
  const states = Array.from({ length: moments }, (_, array) => list(`moment-${array + 1}`))
  return [...list('weights'), ...states.flat(), ...(hasBest ? list('best') : [])]
}

export function bytesPerNumber(precision: Engine['precision']): number {
  return precision === 'float32' ? Float32Array.BYTES_PER_ELEMENT : Float64Array.BYTES_PER_ELEMENT
}

/** Zeros that follow so many bytes. */
export function paddingAfter(bytes: number): number {
  return (ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT
}

/** Bytes of a file with a header of so many bytes. */
export function fileBytes(headerBytes: number, sections: readonly Section[], width: number): number {
  const start = PREFIX_BYTES + headerBytes
  const arrays = sections.reduce((sum, { count }) => sum + count * width + paddingAfter(count * width), 0)
  return start + paddingAfter(start) + arrays + CHECKSUM_BYTES
}

/** The bytes of a checkpoint, piece by piece. Arrays are not copied: they must stay as they are until it is done. */
export async function* encode(checkpoint: Checkpoint, layers: readonly DenseOperation[]): AsyncGenerator<Uint8Array> {
  let checksum = 0
  for await (const piece of pieces(checkpoint, layers)) {
    checksum = crc32(piece, checksum)
    yield piece
  }
  yield uint32(checksum)
}

async function* pieces(
  { identity, arithmetic, trainer, run }: Checkpoint,
  layers: readonly DenseOperation[]
): AsyncGenerator<Uint8Array> {
  const { weights, moments, bestWeights, ...state } = trainer
  const header: CheckpointHeader = {
    identity,
    arithmetic,
    trainer: { ...state, squaredNorms: [...state.squaredNorms] },
    run,
    sections: sectionsOf(layers, moments.length, bestWeights !== null)
  }
  const json = new TextEncoder().encode(JSON.stringify(header, withWords))
  const start = concatenated(MAGIC, uint32(VERSION), uint32(json.length))
  const head = concatenated(start, uint32(crc32(json, crc32(start))), json)
  yield concatenated(head, new Uint8Array(paddingAfter(head.length)))
  for (const array of arraysOf({ weights, moments, bestWeights })) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) yield bytes.subarray(from, from + PIECE_BYTES)
    const padding = paddingAfter(bytes.length)
    if (padding > 0) yield new Uint8Array(padding)
  }
}

/** A snapshot's arrays in the order of `sectionsOf`. */
function arraysOf({
  weights,
  moments,
  bestWeights
}: Pick<TrainerSnapshot, 'weights' | 'moments' | 'bestWeights'>): readonly FloatArray[] {
  return [...weights, ...moments.flat(), ...(bestWeights ?? [])]
}

/** For JSON.stringify, which would make null of them. */
function withWords(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

function concatenated(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
