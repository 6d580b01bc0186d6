import type { FilePurpose } from '../../shared/contract'
import { DESIGN_EXTENSION } from '../../shared/design/schema'
import { WEIGHTS_EXTENSION } from '../../shared/weights/schema'

/** What a file is for, by its name. Anything that is neither a design nor weights is read as a table. */
export function purposeOf(name: string): FilePurpose {
  const lower = name.toLowerCase()
  if (lower.endsWith(DESIGN_EXTENSION)) return 'design'
  if (lower.endsWith(WEIGHTS_EXTENSION) || lower.endsWith('.json')) return 'weights'
  return 'dataset'
}
