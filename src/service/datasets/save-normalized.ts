import { createReadStream } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { SavedFile } from '../../shared/contract'
import { LaminaError } from '../../shared/errors'
import { sameFile } from '../files/same-file'
import type { SavePlaces } from '../files/save-places'
import type { Datasets } from './datasets'

/**
 * Write a table as it was understood, as clean CSV, never over the table itself.
 * @param tableId an open table
 * @param file a grant to write over, or null to ask for a place
 * @param signal gives it up while the table is being read; once writing began, the file is written whole
 * @returns null when the person cancelled
 * @throws LaminaError `permissionDenied`, `writeFailed`
 */
export async function saveNormalized(
  datasets: Datasets,
  places: SavePlaces,
  tableId: string,
  file: string | null,
  signal?: AbortSignal
): Promise<SavedFile | null> {
  const table = datasets.require(tableId)
  const suggestedName = basename(table.path).replace(/(\.[^.]*)?$/, '-clean.csv')
  const place = await places.find({ file, purpose: 'normalized', suggestedName, folder: dirname(table.path) })
  if (place === null) return null
  if (await sameFile(place.path, table.path)) {
    throw new LaminaError(
      'permissionDenied',
      `The clean table is not written over ${basename(table.path)}, the table it is made from. Choose another name.`
    )
  }
  return datasets.withNormalized(table, (path) => places.write(place, textOf(path)), signal)
}

async function* textOf(path: string): AsyncGenerator<string> {
  for await (const chunk of createReadStream(path, 'utf8')) yield String(chunk)
}
