import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PreparedManifest, SplitName } from '../../../src/shared/prepared'

export interface Matrices {
  readonly manifest: PreparedManifest
  /** Rows of features and of targets, part by part. */
  readonly features: Record<SplitName, number[][]>
  readonly targets: Record<SplitName, number[][]>
}

/** A prepared dataset as its readers see it: nothing here comes from the code that writes it. */
export async function readMatrices(manifestPath: string): Promise<Matrices> {
  const manifest = JSON.parse(await readFile(manifestPath, 'utf8')) as PreparedManifest
  const read = async (name: string, width: number): Promise<Record<SplitName, number[][]>> => {
    const bytes = await readFile(join(dirname(manifestPath), name))
    const { train, validation, test } = manifest.rows
    const rows = bytes.length / 4 / width
    if (rows !== train + validation + test) throw new Error(`${name} holds ${rows} rows.`)
    const all = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: width }, (__, at) => bytes.readFloatLE((row * width + at) * 4))
    )
    return {
      train: all.slice(0, train),
      validation: all.slice(train, train + validation),
      test: all.slice(train + validation)
    }
  }
  return {
    manifest,
    features: await read(manifest.files.features, manifest.inputs),
    targets: await read(manifest.files.targets, manifest.outputs)
  }
}
