import { open, readFile, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { LaminaError, messageOf } from '../../shared/errors'
import type { NetworkPlan } from '../../shared/network/plan'
import { manifestSchema, type PreparedManifest, type SplitName } from '../../shared/prepared'
import { parse } from '../../shared/validate'
import { inputNames } from '../../shared/weights/preprocessing'
import type { Samples } from '../engine'

const BYTES = Float32Array.BYTES_PER_ELEMENT
/** Read at a time: far below what one read call can take. */
const READ_BYTES = 64 * 2 ** 20

/** A prepared dataset on disk. Samples are read when asked for: engines keep their own copy of what they train on. */
export class PreparedDataset {
  private constructor(
    readonly manifest: PreparedManifest,
    private readonly features: string,
    private readonly targets: string | null
  ) {}

  /**
   * Reads the manifest and checks that the files beside it are as large as it says.
   * @param withTargets false for a table that is only to be predicted: its targets are not looked at
   * @throws LaminaError `notFound` or `invalidData`, naming the file
   */
  static async open(manifestPath: string, withTargets = true): Promise<PreparedDataset> {
    const manifest = await readManifest(manifestPath)
    const { inputs, outputs, rows, files } = manifest
    const total = rows.train + rows.validation + rows.test
    const features = besides(manifestPath, files.features)
    await checkSize(features, total, inputs)
    if (!withTargets) return new PreparedDataset(manifest, features, null)
    const targets = besides(manifestPath, files.targets)
    await checkSize(targets, total, outputs)
    return new PreparedDataset(manifest, features, targets)
  }

  /** All samples of one split; without targets those are empty. */
  read(split: SplitName): Promise<Samples> {
    return this.readRange(split, 0, this.manifest.rows[split])
  }

  /** The samples of one split, at most `size` at a time and in memory. */
  async *slices(split: SplitName, size: number): AsyncGenerator<Samples> {
    const rows = this.manifest.rows[split]
    for (let first = 0; first < rows; first += size)
      yield await this.readRange(split, first, Math.min(size, rows - first))
  }

  /** Features n[0] × count and targets n[L] × count, one sample per column. */
  private async readRange(split: SplitName, first: number, count: number): Promise<Samples> {
    const { inputs, outputs, rows } = this.manifest
    const start = { train: 0, validation: rows.train, test: rows.train + rows.validation }[split] + first
    const features = await readColumns(this.features, start, count, inputs)
    this.requireFinite(this.features, features, start, inputs)
    if (this.targets === null) return { count, features, targets: new Float32Array(0) }
    const targets = await readColumns(this.targets, start, count, outputs)
    this.requireFinite(this.targets, targets, start, outputs)
    return { count, features, targets }
  }

  /** Training on what is not a number would spoil every weight in one step. */
  private requireFinite(path: string, values: Float32Array, first: number, units: number): void {
    const place = values.findIndex((value) => !Number.isFinite(value))
    if (place === -1) return
    const [sample, number] = [first + Math.floor(place / units), place % units]
    const { features } = this.manifest.preprocessing
    const name = path === this.features ? features.flatMap(inputNames)[number] : undefined
    const what = name === undefined ? '' : `, of the input "${name}"`
    throw invalid(
      path,
      `sample ${sample}, number ${number} (both counted from 0) is ${values[place]}, which is not a finite number${what}`,
      { quantity: 'data', step: 0, sample, number, input: name ?? null }
    )
  }
}

/** @throws LaminaError `invalidArgument` when a network and a dataset have different sizes */
export function checkFit(network: NetworkPlan, { inputs, outputs, dataset }: PreparedManifest): void {
  const prepared = (count: number): string =>
    `but "${dataset.name}" was prepared with ${count}. Prepare the data again.`
  if (network.inputs !== inputs) {
    throw new LaminaError('invalidArgument', `The network takes ${network.inputs} features, ${prepared(inputs)}`)
  }
  if (network.outputs !== outputs) {
    throw new LaminaError('invalidArgument', `The network puts out ${network.outputs} values, ${prepared(outputs)}`)
  }
}

async function readManifest(path: string): Promise<PreparedManifest> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw missing(path, error)
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid(path, `it is not valid JSON (${messageOf(error)})`)
  }
  return parse(manifestSchema, value, { what: `The prepared dataset ${path}`, code: 'invalidData' })
}

/** A manifest names files of its own folder, and no others. */
function besides(manifestPath: string, name: string): string {
  if (name !== basename(name) || name === '.' || name === '..' || name === '') {
    throw invalid(manifestPath, `it names the file "${name}", but only files beside it are allowed`)
  }
  return join(dirname(manifestPath), name)
}

async function checkSize(path: string, rows: number, units: number): Promise<void> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw missing(path, error)
  })
  const expected = rows * units * BYTES
  if (size === expected) return
  throw invalid(path, `expected ${rows} rows × ${units} numbers × ${BYTES} bytes = ${expected} bytes, found ${size}`)
}

async function readColumns(path: string, first: number, count: number, units: number): Promise<Float32Array> {
  const values = new Float32Array(count * units)
  if (values.length === 0) return values
  const file = await open(path, 'r').catch((error: unknown) => {
    throw missing(path, error)
  })
  try {
    await fill(file, path, new Uint8Array(values.buffer), first * units * BYTES)
  } finally {
    await file.close()
  }
  return values
}

async function fill(file: FileHandle, path: string, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, Math.min(READ_BYTES, bytes.length - done), position + done)
    if (bytesRead === 0) throw invalid(path, `it ended ${bytes.length - done} bytes early`)
    done += bytesRead
  }
}

function missing(path: string, cause: unknown): LaminaError {
  return new LaminaError(
    'notFound',
    `The prepared dataset is incomplete: ${path} cannot be read (${messageOf(cause)}). Prepare the data again.`,
    { path },
    cause
  )
}
function invalid(path: string, problem: string, details: Readonly<Record<string, unknown>> = {}): LaminaError {
  const message = `${path} is not valid: ${problem}. Prepare the data again.`
  return new LaminaError('invalidData', message, { path, ...details })
}
