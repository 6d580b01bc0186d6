import { createHash } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LaminaError } from '../shared/errors'
import { MANIFEST_FILE, type PreparedManifest } from '../shared/prepared'
import { encodedWidth, targetWidth } from '../shared/weights/preprocessing'
import type { Preprocessing } from '../shared/weights/schema'
import type { Substitution } from '../shared/weights/substitutions'
import type { Database } from './database'
import { FEATURES_FILE, TARGETS_FILE, writeMatrices } from './encode/write-matrices'
import { buildAside, syncFolder, writeDurably } from './prepare/cache'
import { parts } from './prepare/split'
import type { Table } from './reading/table'

/**
 * Encode all rows of a table, in their order, with preprocessing fitted elsewhere: a dataset whose rows are all `test`.
 * The folder holds either what it held before or the whole dataset. What stands in for cells that say nothing is counted.
 * @throws LaminaError `invalidData` when the table lacks a column or holds a cell that cannot be encoded,
 * `invalidWeights` when the preprocessing lists a category twice, `writeFailed` when the disk refuses
 */
export async function applyPreprocessing(
  database: Database,
  table: Table,
  preprocessing: Preprocessing,
  withTargets: boolean,
  folder: string,
  onProgress: (fraction: number) => void
): Promise<{ readonly manifestPath: string; readonly substitutions: Substitution[] }> {
  refuseRepeats(preprocessing)
  return buildAside(folder, async (building) => {
    const counts = { train: 0, validation: 0, test: table.rows }
    const rowParts = new Uint8Array(table.rows).fill(parts.test)
    const substitutions = await writeMatrices(
      database,
      { table, preprocessing, parts: rowParts, counts, withTargets, counting: true, folder: building },
      onProgress
    )
    const manifest: PreparedManifest = {
      format: 'lamina-prepared',
      version: 1,
      id: createHash('sha256')
        .update(JSON.stringify([table.source.sha256, table.dialect, preprocessing, withTargets]))
        .digest('hex'),
      dataset: { name: table.source.name, sha256: table.source.sha256, rows: table.rows },
      rows: counts,
      inputs: encodedWidth(preprocessing),
      outputs: targetWidth(preprocessing),
      task: preprocessing.targets.some((target) => target.kind === 'categorical') ? 'classification' : 'regression',
      preprocessing,
      files: { features: FEATURES_FILE, targets: TARGETS_FILE },
      samples: []
    }
    await writeDurably(join(building, MANIFEST_FILE), manifest)
    // Without its manifest a dataset does not exist, so an old one goes first and the new one comes last.
    const manifestPath = join(folder, MANIFEST_FILE)
    await rm(manifestPath, { force: true })
    for (const file of [FEATURES_FILE, TARGETS_FILE, MANIFEST_FILE])
      await rename(join(building, file), join(folder, file))
    await syncFolder(folder)
    return { manifestPath, substitutions }
  })
}

function refuseRepeats({ features, targets }: Preprocessing): void {
  const lists = [
    ...features.map((feature) => ({
      column: feature.column,
      names: feature.kind === 'categorical' ? feature.categories : feature.kind === 'ordinal' ? feature.order : []
    })),
    ...targets.map((target) => ({ column: target.column, names: target.kind === 'categorical' ? target.classes : [] }))
  ]
  for (const { column, names } of lists) {
    const seen = new Set<string>()
    for (const name of names) {
      if (seen.has(name)) {
        throw new LaminaError(
          'invalidWeights',
          `The preprocessing of the column "${column}" lists "${name}" twice. The weights file was damaged or edited; export it again.`,
          {
            column,
            category: name
          }
        )
      }
      seen.add(name)
    }
  }
}
