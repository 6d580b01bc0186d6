import type { PreparedSummary } from '../../shared/dataset'
import type { Design, DesignDataset } from '../../shared/design/schema'
import { categoricalEncodingFor } from '../../shared/network/propose'
import type { Session } from '../session'
import type { Terminal } from '../terminal'

/**
 * Prepare a table as a design wants it, and say what is worth knowing about the result. What was prepared before is kept,
 * so asking twice costs nothing.
 * @param dataset id of an open table
 * @throws LaminaError `invalidData` for cells or settings that do not fit
 */
export async function prepareTable(
  session: Session,
  terminal: Terminal,
  { network }: Design,
  { path: _, ...settings }: DesignDataset,
  dataset: string
): Promise<PreparedSummary> {
  const prepared = await session.client.request('dataset.prepare', {
    dataset,
    settings,
    categoricalEncoding: categoricalEncodingFor(network)
  })
  for (const warning of prepared.warnings) terminal.message(`Note: ${warning}\n`)
  return prepared
}
