import { open, type FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { readError, systemCode } from '../../files/system-error'
import { headerSchema, type CheckpointHeader, type CheckpointIdentity } from '../../shared/checkpoint'
import { LaminaError, messageOf } from '../../shared/errors'
import type { DenseOperation } from '../../shared/network/plan'
import { parse } from '../../shared/validate'
import type { FloatArray } from '../engine'
import type { Checkpoint } from './checkpoint'
import {
  bytesPerNumber,
  CHECKSUM_BYTES,
  fileBytes,
  MAGIC,
  paddingAfter,
  PREFIX_BYTES,
  sectionsOf,
  VERSION,
  type Section
} from './format'

/** No header comes near it, however many layers it lists. */
const MOST_HEADER_BYTES = 2 ** 26
const READ_BYTES = 2 ** 23
const MOST_MOMENTS = 2

/**
 * Reads a checkpoint and checks everything about it before it gives any of it away.
 * @param expected whose state it must be
 * @param layers of its network
 * @throws LaminaError `notFound`, `permissionDenied`, `invalidCheckpoint` or `unsupportedVersion`
 */
export async function readCheckpoint(
  path: string,
  expected: CheckpointIdentity,
  layers: readonly DenseOperation[]
): Promise<Checkpoint> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw readError(path, error)
  })
  try {
    return await new Reader(path, handle).read(expected, layers)
  } catch (error) {
    throw systemCode(error) === null ? error : readError(path, error)
  } finally {
    await handle.close()
  }
}

export function damagedCheckpoint(path: string, problem: string, cause?: unknown): LaminaError {
  return new LaminaError(
    'invalidCheckpoint',
    `The checkpoint ${path} is damaged: ${problem}. It cannot be resumed; start training anew.`,
    { path, problem: 'damaged' },
    cause
  )
}

class Reader {
  private position = 0
  private checksum = 0

  constructor(
    private readonly path: string,
    private readonly handle: FileHandle
  ) {}

  async read(expected: CheckpointIdentity, layers: readonly DenseOperation[]): Promise<Checkpoint> {
    const { size } = await this.handle.stat()
    const { header, headerBytes } = await this.readHeader(size)
    this.requireSame(header.identity, expected)
    const { sections, identity, arithmetic, trainer, run } = header
    const { moments, hasBest } = this.checkSections(sections, layers)
    const width = bytesPerNumber(identity.engine.precision)
    const bytes = fileBytes(headerBytes, sections, width)
    if (size !== bytes) throw this.damaged(`it should be ${bytes} bytes long, but has ${size}`)
    await this.skipPadding()
    const lists: FloatArray[][] = []
    for (let list = 0; list < 1 + moments + Number(hasBest); list++) {
      const arrays: FloatArray[] = []
      for (const { count } of sections.slice(list * layers.length, (list + 1) * layers.length)) {
        const array = width === Float32Array.BYTES_PER_ELEMENT ? new Float32Array(count) : new Float64Array(count)
        await this.fill(new Uint8Array(array.buffer))
        await this.skipPadding()
        arrays.push(array)
      }
      lists.push(arrays)
    }
    const found = this.checksum
    if (readUint32(await this.take(CHECKSUM_BYTES)) !== found) throw this.damaged('its checksum does not match')
    const weights = lists[0] ?? []
    const bestWeights = hasBest ? (lists.at(-1) ?? null) : null
    return {
      identity,
      arithmetic,
      trainer: { ...trainer, weights, moments: lists.slice(1, 1 + moments), bestWeights },
      run
    }
  }

  private async readHeader(size: number): Promise<{ header: CheckpointHeader; headerBytes: number }> {
    if (size < PREFIX_BYTES + CHECKSUM_BYTES) throw this.damaged(`it has only ${size} bytes`)
    const prefix = await this.take(PREFIX_BYTES - CHECKSUM_BYTES)
    if (!MAGIC.every((byte, index) => prefix[index] === byte)) {
      throw this.damaged('it does not begin as a checkpoint does')
    }
    const start = this.checksum
    const version = readUint32(prefix, 8)
    const headerBytes = readUint32(prefix, 12)
    const stored = readUint32(await this.take(CHECKSUM_BYTES))
    if (headerBytes > Math.min(MOST_HEADER_BYTES, size - PREFIX_BYTES - CHECKSUM_BYTES)) {
      throw this.damaged('its header would not fit into it')
    }
    const json = await this.take(headerBytes)
    if (crc32(json, start) !== stored) throw this.damaged('the checksum of its header does not match')
    if (version !== VERSION) {
      throw new LaminaError(
        'unsupportedVersion',
        `The checkpoint ${this.path} was written by another version of Lamina (format ${version}; this one reads ${VERSION}). Update Lamina to go on with it, or start training anew.`,
        { path: this.path, version, supported: VERSION }
      )
    }
    return { header: this.parseHeader(json), headerBytes }
  }

  private parseHeader(json: Uint8Array): CheckpointHeader {
    let value: unknown
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
    } catch (error) {
      throw this.damaged(`its header is no JSON (${messageOf(error)})`)
    }
    return parse(headerSchema, value, { what: `The checkpoint ${this.path}`, code: 'invalidCheckpoint' })
  }

  private requireSame(found: CheckpointIdentity, expected: CheckpointIdentity): void {
    const [from, here] = [found.engine, expected.engine]
    if (from.name !== here.name || from.precision !== here.precision) {
      throw this.foreign(
        `was written by the ${from.name} engine (${from.precision}), but this is the ${here.name} engine (${here.precision}). Go on with the other engine`
      )
    }
    if (found.dataset.id !== expected.dataset.id) {
      const [one, other] = [found.dataset, expected.dataset]
      const how =
        one.sha256 === other.sha256 ? 'prepared with other settings' : `of another content than "${other.name}" has now`
      throw this.foreign(`belongs to a run with the table "${one.name}" ${how}. Go back to that table and its settings`)
    }
    if (found.seed !== expected.seed) {
      throw this.foreign(`belongs to a run with seed ${found.seed}, not ${expected.seed}. Go back to that seed`)
    }
    if (found.design !== expected.design) {
      throw this.foreign('belongs to a run of another network or with other training settings. Go back to that design')
    }
  }

  /** That a file holds the arrays of this network, and how many. */
  private checkSections(
    sections: readonly Section[],
    layers: readonly DenseOperation[]
  ): { moments: number; hasBest: boolean } {
    for (let moments = 0; moments <= MOST_MOMENTS; moments++) {
      for (const hasBest of [false, true]) {
        if (sameSections(sections, sectionsOf(layers, moments, hasBest))) return { moments, hasBest }
      }
    }
    throw this.damaged('its arrays are not those of its network')
  }

  private async take(bytes: number): Promise<Uint8Array> {
    const taken = new Uint8Array(bytes)
    await this.fill(taken)
    return taken
  }

  private async skipPadding(): Promise<void> {
    await this.take(paddingAfter(this.position))
  }

  private async fill(bytes: Uint8Array): Promise<void> {
    let done = 0
    while (done < bytes.length) {
      const wanted = Math.min(READ_BYTES, bytes.length - done)
      const { bytesRead } = await this.handle.read(bytes, done, wanted, this.position)
      if (bytesRead === 0) throw this.damaged('it ends too early')
      this.checksum = crc32(bytes.subarray(done, done + bytesRead), this.checksum)
      done += bytesRead
      this.position += bytesRead
    }
  }

  private damaged(problem: string): LaminaError {
    return damagedCheckpoint(this.path, problem)
  }

  private foreign(whose: string): LaminaError {
    return new LaminaError('invalidCheckpoint', `The checkpoint ${this.path} ${whose}, or start training anew.`, {
      path: this.path,
      problem: 'foreign'
    })
  }
}

function sameSections(found: readonly Section[], expected: readonly Section[]): boolean {
  return (
    found.length === expected.length &&
    found.every(({ name, count }, index) => name === expected[index]?.name && count === expected[index].count)
  )
}

function readUint32(bytes: Uint8Array, offset = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true)
}
