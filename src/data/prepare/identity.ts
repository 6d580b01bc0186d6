import { createHash } from 'node:crypto'
import type { DialectOverrides } from '../../shared/table/dialect'
import type { DatasetSettings } from '../../shared/design/schema'
import type { Fold } from '../../shared/prepared'
import type { CategoricalEncoding } from '../../shared/weights/schema'

/** Part of every id: raise it when the same settings come to mean other numbers. */
const PREPARATION_VERSION = 2

export interface PreparationIdentity {
  readonly name: string
  readonly sha256: string
  readonly overrides: DialectOverrides
  readonly settings: DatasetSettings
  readonly categoricalEncoding: CategoricalEncoding
  readonly fold: Fold | null
}

/**
 * The name of a prepared dataset: a hash of all that decides its content. What is detected in a file follows from its
 * bytes, so that the overrides stand for the dialect and a file need not be read to find its dataset.
 */
export function preparationId({
  name,
  sha256,
  overrides,
  settings,
  categoricalEncoding,
  fold
}: PreparationIdentity): string {
  const { targets, features, columns, scaling, missing, maxCategories, split } = settings
  const described = {
    version: PREPARATION_VERSION,
    name,
    sha256,
    overrides: sorted(overrides),
    targets,
    features,
    columns: sorted(columns),
    scaling,
    missing,
    maxCategories,
    split: { validation: split.validation, test: split.test, seed: split.seed, stratify: split.stratify },
    fold: fold === null ? null : [fold.index, fold.count],
    categoricalEncoding
  }
  return createHash('sha256').update(JSON.stringify(described)).digest('hex')
}

/** Entries in the order of their keys, so that the order they were given in does not matter. */
function sorted(record: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
