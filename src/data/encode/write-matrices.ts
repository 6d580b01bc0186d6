import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { LaminaError } from '../../shared/errors'
import type { SplitCounts } from '../../shared/prepared'
import { encodedWidth, expectedOf, targetWidth } from '../../shared/weights/preprocessing'
import type { Preprocessing } from '../../shared/weights/schema'
import type { Substitution } from '../../shared/weights/substitutions'
import { blockRows, readBlocks } from '../blocks'
import type { Database } from '../database'
import type { Table } from '../reading/table'
import { cellText } from './column-values'
import { Encoder, type BadCell } from './encoder'

export const FEATURES_FILE = 'features.f32'
export const TARGETS_FILE = 'targets.f32'
/** After so many bytes the disk is given what was written: it works while the rest is encoded, and less is waited for. */
const SYNCED_BYTES = 16 * 2 ** 20
/** The training worker holds all of it in memory. */
const MAX_BYTES = 16 * 2 ** 30

export interface MatrixJob {
  readonly table: Table
  readonly preprocessing: Preprocessing
  /** 0, 1, 2 for training, validation and test, anything else for rows that are left out. */
  readonly parts: Uint8Array
  readonly counts: SplitCounts
  /** Without them the targets are zeros. */
  readonly withTargets: boolean
  /** Whether what is substituted in the features is counted. */
  readonly counting: boolean
  /** Exists; the two files do not. */
  readonly folder: string
}

/**
 * Encode a table into `features.f32` and `targets.f32`: training rows first, then validation, then test, each part in
 * the order of the table.
 * @returns the features in which something was substituted, where that is counted
 * @throws LaminaError `invalidData` naming row and column of a cell that cannot be encoded
 */
export async function writeMatrices(
  database: Database,
  job: MatrixJob,
  onProgress: (fraction: number) => void
): Promise<Substitution[]> {
  const { table, preprocessing, counts, folder } = job
  const inputs = encodedWidth(preprocessing)
  const outputs = targetWidth(preprocessing)
  const rows = counts.train + counts.validation + counts.test
  refuseHuge(table, rows, inputs, outputs)
  const encoder = new Encoder(table, preprocessing, job.withTargets, job.counting)
  await inNewFile(join(folder, FEATURES_FILE), inputs, (features) =>
    inNewFile(join(folder, TARGETS_FILE), outputs, async (targets, file) => {
      await file.truncate(rows * outputs * Float32Array.BYTES_PER_ELEMENT)
      await encodeBlocks(database, job, encoder, features, targets, onProgress)
    })
  )
  const substitutions: Substitution[] = []
  for (const tally of encoder.tallies) {
    const substitution = await tally.substitution(database, table)
    if (substitution !== null) substitutions.push(substitution)
  }
  return substitutions
}

/** Numbers row after row, in a file that is on the disk once it is `finished`. */
class MatrixFile {
  private unsynced = 0
  private syncing: Promise<void> | null = null

  /** @param width numbers a row */
  constructor(
    private readonly file: FileHandle,
    readonly width: number
  ) {}

  /** Write rows `from` … `from + count` of a block, to row `to` of the file. */
  async write(block: Float32Array, from: number, count: number, to: number): Promise<void> {
    const rowBytes = this.width * Float32Array.BYTES_PER_ELEMENT
    const bytes = new Uint8Array(block.buffer, block.byteOffset + from * rowBytes, count * rowBytes)
    let done = 0
    while (done < bytes.length) {
      const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done, to * rowBytes + done)
      done += bytesWritten
    }
    this.unsynced += bytes.length
    if (this.unsynced >= SYNCED_BYTES) await this.beginSync()
  }

  async finish(): Promise<void> {
    await this.syncing
    await this.file.datasync()
  }

  /** The file may be closed: nothing is under way. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.syncing])
  }

  private async beginSync(): Promise<void> {
    // A disk that cannot keep up is waited for.
    await this.syncing
    this.unsynced = 0
    this.syncing = this.file.datasync()
    // Whoever waits for it next hears of a failure.
    this.syncing.catch(() => undefined)
  }
}

/** Make a file, use it, and wait until it is on the disk. */
async function inNewFile(
  path: string,
  width: number,
  use: (matrix: MatrixFile, file: FileHandle) => Promise<void>
): Promise<void> {
  const file = await open(path, 'wx')
  const matrix = new MatrixFile(file, width)
  try {
    await use(matrix, file)
    await matrix.finish()
  } finally {
    await matrix.settle()
    await file.close()
  }
}

async function encodeBlocks(
  database: Database,
  job: MatrixJob,
  encoder: Encoder,
  features: MatrixFile,
  targets: MatrixFile,
  onProgress: (fraction: number) => void
): Promise<void> {
  const { table, counts } = job
  const width = Math.max(features.width, targets.width)
  const capacity = blockRows(Math.max(encoder.values.length, width))
  const pair = (): { readonly features: Float32Array; readonly targets: Float32Array } => ({
    features: new Float32Array(capacity * features.width),
    targets: new Float32Array(capacity * targets.width)
  })
  // One is filled while the other is written.
  const blocks = [pair(), pair()] as const
  const places = new Int32Array(capacity)
  let writing: Promise<void> = Promise.resolve()
  let turn = 0
  const written = [0, counts.train, counts.train + counts.validation]
  for await (const block of readBlocks(database, encoder.values, table, width)) {
    const sizes = placeRows(job.parts, block.start, block.rows, places)
    const filled = blocks[turn % 2 === 0 ? 0 : 1]
    turn += 1
    filled.features.fill(0)
    filled.targets.fill(0)
    const bad = await encoder.encode(
      block,
      places,
      { values: filled.features, width: features.width },
      { values: filled.targets, width: targets.width }
    )
    await writing
    if (bad !== null) throw await badCellError(database, table, bad)
    const to = [...written]
    for (const [part, size] of sizes.entries()) written[part] = (written[part] ?? 0) + size
    writing = writeParts(job, features, targets, filled, sizes, to)
    // It is waited for before the next block is written, or at the end.
    writing.catch(() => undefined)
    onProgress((block.start + block.rows) / table.rows)
  }
  await writing
}

/** @param to the row of the file each part of the block goes to */
async function writeParts(
  job: MatrixJob,
  features: MatrixFile,
  targets: MatrixFile,
  block: { readonly features: Float32Array; readonly targets: Float32Array },
  sizes: readonly number[],
  to: readonly number[]
): Promise<void> {
  let from = 0
  for (const [part, size] of sizes.entries()) {
    await features.write(block.features, from, size, to[part] ?? 0)
    if (job.withTargets) await targets.write(block.targets, from, size, to[part] ?? 0)
    from += size
  }
}

/**
 * Sort the rows of a block by part, keeping their order.
 * @param places filled with each row's place in the sorted block, −1 for rows that are left out
 * @returns how many rows each part has
 */
function placeRows(parts: Uint8Array, start: number, rows: number, places: Int32Array): [number, number, number] {
  const sizes: [number, number, number] = [0, 0, 0]
  for (let i = 0; i < rows; i++) {
    const part = parts[start + i]
    if (part === 0 || part === 1 || part === 2) sizes[part] += 1
  }
  const next: [number, number, number] = [0, sizes[0], sizes[0] + sizes[1]]
  for (let i = 0; i < rows; i++) {
    const part = parts[start + i]
    places[i] = part === 0 || part === 1 || part === 2 ? next[part]++ : -1
  }
  return sizes
}

function refuseHuge(table: Table, rows: number, inputs: number, outputs: number): void {
  const bytes = rows * (inputs + outputs) * Float32Array.BYTES_PER_ELEMENT
  if (bytes <= MAX_BYTES) return
  throw new LaminaError(
    'invalidData',
    `"${table.source.name}" would take ${Math.round(bytes / 2 ** 30)} GB once encoded (${rows} rows of ${inputs} inputs and ${outputs} outputs); at most ${MAX_BYTES / 2 ** 30} GB can be trained on. Leave out columns with many categories.`,
    { file: table.source.stamp.path, rows, inputs, outputs }
  )
}

async function badCellError(
  database: Database,
  table: Table,
  { row, column, problem, encoding }: BadCell
): Promise<LaminaError> {
  const where = `"${table.source.name}", row ${row + 1}, column "${column.name}"`
  const found = await cellText(database, table, column, row)
  const details = { file: table.source.stamp.path, row: row + 1, column: column.name, found }
  switch (problem) {
    case 'missing':
      return new LaminaError(
        'invalidData',
        `${where}: the value is missing, and the network was prepared with missing values being an error. Fill it in.`,
        details
      )
    case 'missingTarget':
      return new LaminaError(
        'invalidData',
        `${where}: the target has no value. Fill it in, or leave the row out.`,
        details
      )
    case 'notUnderstood':
      return new LaminaError(
        'invalidData',
        `${where}: expected ${expectedOf(encoding)}, found "${found}". Correct the cell.`,
        details
      )
    case 'tooLarge':
      return new LaminaError(
        'invalidData',
        `${where}: ${found} is too large for a float32 after scaling. Choose another scaling, or rescale the column.`,
        details
      )
    case 'unknownClass': {
      const classes = 'classes' in encoding ? encoding.classes : []
      const known =
        classes
          .slice(0, 10)
          .map((name) => `"${name}"`)
          .join(', ') + (classes.length > 10 ? ', …' : '')
      return new LaminaError(
        'invalidData',
        `${where}: "${found}" is none of the classes the network knows: ${known}. Correct the cell, or leave the row out.`,
        details
      )
    }
  }
}
