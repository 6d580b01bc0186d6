import type { PreparedSummary } from '../../shared/dataset'
import { datasetSettingsOf, type Design, type DesignDataset } from '../../shared/design/schema'
import { categoricalEncodingFor } from '../../shared/network/propose'
import type { Fold } from '../../shared/prepared'
import type { TableWarning } from '../../shared/table/warnings'
import type { Session } from '../session'

/**
 * Prepare a table as a design wants it. What was prepared before is kept, so asking twice costs nothing.
 * @param dataset id of an open table
 * @throws LaminaError `invalidData` for cells or settings that do not fit
 */
export async function prepareTable(
  session: Session,
  { network }: Design,
  table: DesignDataset,
  dataset: string,
  fold?: Fold
): Promise<PreparedSummary> {
  return session.client.request('dataset.prepare', {
    dataset,
    settings: datasetSettingsOf(table),
    categoricalEncoding: categoricalEncodingFor(network),
    fold
  })
}

/**
 * Features of a design that give a target away.
 * @param dataset id of an open table
 */
export async function leakageOf(
  session: Session,
  { targets, features, columns }: DesignDataset,
  dataset: string,
  signal?: AbortSignal
): Promise<TableWarning[]> {
  const { warnings } = await session.client.request('dataset.relations', { dataset, targets, columns }, { signal })
  const isFeature = (name: string): boolean => features === 'auto' || features.includes(name)
  return warnings.filter(({ kind, columns: suspects }) => kind === 'leakage' && suspects.some(isFeature))
}
