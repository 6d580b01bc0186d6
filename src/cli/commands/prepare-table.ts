import type { PreparedSummary } from '../../shared/dataset'
import { datasetSettingsOf, type Design, type DesignDataset } from '../../shared/design/schema'
import { categoricalEncodingFor } from '../../shared/network/propose'
import type { Fold } from '../../shared/prepared'
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
