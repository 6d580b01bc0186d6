import { crc32 } from 'node:zlib'
import { LaminaError } from '../../shared/errors'
import { denseOperations, weightCount, type NetworkPlan } from '../../shared/network/plan'

const MAGIC = 'LMWEIGH1'
const HEAD = MAGIC.length + 4

/** W_B of each dense operation in order, as float32 little-endian behind a head with their CRC-32. */
export function encodeWeights(weights: readonly Float32Array[]): Uint8Array {
  const numbers = weights.reduce((sum, matrix) => sum + matrix.length, 0)
  const bytes = Buffer.alloc(HEAD + numbers * 4)
  bytes.write(MAGIC, 'latin1')
  let at = HEAD
  for (const matrix of weights) {
    bytes.set(new Uint8Array(matrix.buffer, matrix.byteOffset, matrix.byteLength), at)
    at += matrix.byteLength
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(HEAD)), MAGIC.length)
  return bytes
}

/** @throws LaminaError `invalidWeights` when the bytes are not this network's weights */
export function decodeWeights(bytes: Buffer, network: NetworkPlan, name: string): Float32Array[] {
  const lengths = denseOperations(network).map(weightCount)
  const expected = HEAD + 4 * lengths.reduce((sum, length) => sum + length, 0)
  if (
    bytes.length !== expected ||
    bytes.toString('latin1', 0, MAGIC.length) !== MAGIC ||
    crc32(bytes.subarray(HEAD)) !== bytes.readUInt32LE(MAGIC.length)
  ) {
    throw new LaminaError('invalidWeights', `${name} does not hold the weights of this run: it is damaged.`, {
      file: name
    })
  }
  let at = HEAD
  return lengths.map((length) => {
    const matrix = new Float32Array(length)
    new Uint8Array(matrix.buffer).set(bytes.subarray(at, at + length * 4))
    at += length * 4
    return matrix
  })
}
