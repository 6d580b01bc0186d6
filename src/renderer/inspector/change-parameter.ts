import type { Parameters, ParameterValue } from '../../shared/catalogue/parameter'
import type { Design } from '../../shared/design/schema'
import { doc } from '../state/document.svelte'

/**
 * What a form calls when one of these parameters gets another value: the edit becomes a step that can be undone, and a
 * gesture is one such step from its beginning to its end.
 * @param name of the form, which tells its gestures from those of others
 */
export function changeParameter(
  parameters: Parameters,
  name: string,
  edit: (design: Design, key: string, value: ParameterValue) => Design
): (key: string, value: ParameterValue, gesture: boolean) => void {
  return (key, value, gesture) => {
    const label = parameters[key]?.label ?? key
    doc.transact(
      `Change ${label.toLowerCase()}`,
      (design) => edit(design, key, value),
      gesture ? { gesture: `${name}.${key}` } : {}
    )
  }
}
