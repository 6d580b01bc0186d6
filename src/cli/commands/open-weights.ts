import type { OpenWeights } from '../../shared/contract'
import type { Session } from '../session'
import type { Terminal } from '../terminal'
import { measure } from '../text'

/** Float32 sums in another order differ by less than this. */
const TOLERANCE = 1e-4

/** Imported weights, with a warning when this engine does not reproduce the file's own test vectors. */
export async function openWeights(session: Session, terminal: Terminal, path: string): Promise<OpenWeights> {
  const file = await session.grant(path, 'weights')
  const weights = await session.client.request('weights.import', { file: file.id })
  const { testVectorError } = weights
  if (testVectorError !== null && testVectorError > TOLERANCE) {
    terminal.message(
      `Warning: ${file.name} states outputs in its test vectors that differ by up to ${measure(testVectorError)} from what its weights compute. Was it edited?\n`
    )
  }
  return weights
}
