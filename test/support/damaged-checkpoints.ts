import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Checkpoint } from '../../src/engine/checkpoints/checkpoint'
import { CHECKSUM_BYTES, encode, paddingAfter, PREFIX_BYTES } from '../../src/engine/checkpoints/format'
import { readCheckpoint } from '../../src/engine/checkpoints/read'
import type { Engine, Trainer } from '../../src/engine/engine'
import { RandomWords } from '../../src/engine/random'
import { LaminaError, messageOf } from '../../src/shared/errors'
import { denseOperations } from '../../src/shared/network/plan'
import { chain, optimizers, randomSamples, trainerOptions } from '../engine/networks'

const network = chain([3, 5, 2], ['tanh', 'softmax'], 'crossEntropy')
const layers = denseOperations(network)
const refusals: readonly string[] = ['invalidCheckpoint', 'unsupportedVersion']

/** What a trainer answers to a state that it cannot be in. */
const impossible: readonly string[] = ['invalidArgument', 'numericalFailure']

/** Files that a checkpoint could turn into, each of which must be refused with a message or be what it was. */
export class DamagedCheckpoints {
  private constructor(
    private readonly original: Checkpoint,
    private readonly bytes: Buffer,
    /** Of the same run, at another step. */
    private readonly other: Buffer,
    private readonly trainer: Trainer,
    private readonly path: string
  ) {}

  static async create(engine: Engine, folder: string): Promise<DamagedCheckpoints> {
    const options = trainerOptions(network, randomSamples(network, 20), {
      validation: randomSamples(network, 7),
      optimizer: optimizers.adam,
      batchSize: 6,
      shuffle: true,
      earlyStopping: { patience: 5, minimumImprovement: 0 }
    })
    const trainer = engine.createTrainer(options)
    const states: Checkpoint[] = []
    for (const steps of [5, 6]) {
      await trainer.run({ steps, milliseconds: 10_000 })
      states.push({
        identity: {
          engine: { name: engine.name, precision: engine.precision },
          design: 'a design',
          seed: 1,
          dataset: { id: 'd', name: 'table.csv', sha256: 's' }
        },
        arithmetic: engine.arithmetic,
        trainer: trainer.snapshot(),
        run: {
          seconds: 1.5,
          stoppedEarly: false,
          epochs: { normSums: [1, 2], normCount: 1, earlyStopping: null, best: null, latest: null }
        }
      })
    }
    const [first, second] = states
    if (first === undefined || second === undefined) throw new Error('Two states were to be kept.')
    const [bytes, other] = [await bytesOf(first), await bytesOf(second)]
    return new DamagedCheckpoints(first, bytes, other, trainer, join(folder, 'damaged.checkpoint'))
  }

  dispose(): void {
    this.trainer.dispose()
  }

  /** Damages the file in one of many ways and opens it. @returns what was wrong with what came of it; null if nothing */
  async round(seed: number, index: number): Promise<string | null> {
    const words = new RandomWords(seed, 2, index, 0)
    const below = (limit: number): number => words.next() % Math.max(1, limit)
    const kinds = Object.keys(damages)
    const kind = kinds[below(kinds.length)] ?? ''
    const damaged = damages[kind]?.(Buffer.from(this.bytes), below, this.other) ?? this.bytes
    writeFileSync(this.path, damaged)
    try {
      const opened = await readCheckpoint(this.path, this.original.identity, layers)
      if (damaged.equals(this.bytes) || damaged.equals(this.other)) return null
      if (!kind.includes('sealed')) return `${kind} (round ${index}) was opened`
      await this.goOn(opened)
      return null
    } catch (error) {
      if (error instanceof LaminaError && impossible.includes(error.code) && kind.includes('sealed')) return null
      const refused = error instanceof LaminaError && refusals.includes(error.code) && error.message.includes(this.path)
      return refused ? null : `${kind} (round ${index}): ${messageOf(error)}`
    }
  }

  /** A forged state that is possible is as good as any; one that is not is refused, and neither may end the process. */
  private async goOn(checkpoint: Checkpoint): Promise<void> {
    this.trainer.restore(checkpoint.trainer)
    await this.trainer.run({ steps: 2, milliseconds: 1000 })
  }
}

type Damage = (bytes: Buffer, below: (limit: number) => number, other: Buffer) => Buffer

const damages: Readonly<Record<string, Damage>> = {
  'a flipped bit'(bytes, below) {
    const at = below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8))
    return bytes
  },
  'another byte'(bytes, below) {
    bytes[below(bytes.length)] = below(256)
    return bytes
  },
  'a cut-off end': (bytes, below) => bytes.subarray(0, below(bytes.length)),
  'a longer end': (bytes, below) => Buffer.concat([bytes, Buffer.alloc(1 + below(64), below(256))]),
  'a hole'(bytes, below) {
    const at = below(bytes.length)
    return bytes.fill(0, at, Math.min(bytes.length, at + 1 + below(64)))
  },
  'a part in the wrong place'(bytes, below) {
    bytes.copy(bytes, below(bytes.length), below(bytes.length), below(bytes.length))
    return bytes
  },
  'two files in one'(bytes, below, other) {
    const at = below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), other.subarray(at)])
  },
  'another size of its header'(bytes, below) {
    bytes.writeUInt32LE(below(2) === 0 ? below(2 ** 32) : below(bytes.length), 12)
    return bytes
  },
  'another version'(bytes, below) {
    bytes.writeUInt32LE(below(2 ** 31) + 2, 8)
    return sealed(bytes, headerOf(bytes))
  },
  'another header, sealed'(bytes, below) {
    const header = headerOf(bytes)
    for (let changes = 1 + below(3); changes > 0; changes--) {
      const digits = [...header.toString('latin1').matchAll(/\d/g)].map(({ index }) => index)
      const at = below(3) === 0 ? below(header.length) : (digits[below(digits.length)] ?? 0)
      header.write('0123456789-.e"{}[],:nI'.charAt(below(22)), at, 'latin1')
    }
    return sealed(bytes, header)
  },
  'other numbers, sealed'(bytes, below) {
    const start = PREFIX_BYTES + headerOf(bytes).length
    for (let changes = 1 + below(8); changes > 0; changes--) {
      bytes[start + below(bytes.length - start - CHECKSUM_BYTES)] = below(256)
    }
    return sealed(bytes, headerOf(bytes))
  }
}

function headerOf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + bytes.readUInt32LE(12)))
}

/** The file with another header of the same size, and checksums that match: what no accident makes. */
function sealed(bytes: Buffer, header: Buffer): Buffer {
  const size = bytes.readUInt32LE(12)
  const start = PREFIX_BYTES + size + paddingAfter(PREFIX_BYTES + size)
  if (header.length !== size) throw new Error('A header keeps its size.')
  bytes.set(header, PREFIX_BYTES)
  bytes.writeUInt32LE(
    crc32(header, crc32(bytes.subarray(0, PREFIX_BYTES - CHECKSUM_BYTES))),
    PREFIX_BYTES - CHECKSUM_BYTES
  )
  bytes.fill(0, PREFIX_BYTES + size, start)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, bytes.length - CHECKSUM_BYTES)), bytes.length - CHECKSUM_BYTES)
  return bytes
}

async function bytesOf(checkpoint: Checkpoint): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of encode(checkpoint, layers)) pieces.push(piece)
  return Buffer.concat(pieces)
}
