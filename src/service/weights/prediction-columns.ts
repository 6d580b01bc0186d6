import { shortestFloat32 } from '../../shared/weights/document'
import { decodeOutputs } from '../../shared/weights/preprocessing'
import type { Preprocessing } from '../../shared/weights/schema'
import { csvNumber, type CsvStyle } from './csv'

/**
 * The columns predictions add to a table: for each target `predicted_<target>`, and for classes a probability each.
 * With several categorical targets the target's name goes into the probabilities' names; a name the table has already
 * gets a number behind it.
 */
export function predictionColumns(preprocessing: Preprocessing, taken: readonly string[]): string[] {
  const used = new Set(taken)
  const unique = (name: string): string => {
    let candidate = name
    for (let number = 2; used.has(candidate); number++) candidate = `${name}_${number}`
    used.add(candidate)
    return candidate
  }
  const several = preprocessing.targets.filter((target) => target.kind === 'categorical').length > 1
  return preprocessing.targets.flatMap((target) => {
    const predicted = unique(`predicted_${target.column}`)
    if (target.kind === 'numeric') return [predicted]
    const prefix = several ? `probability_${target.column}_` : 'probability_'
    return [predicted, ...target.classes.map((name) => unique(`${prefix}${name}`))]
  })
}

/** The cells of these columns for one sample, whose outputs start at `offset`. */
export function predictionCells(
  preprocessing: Preprocessing,
  outputs: Float32Array,
  offset: number,
  style: CsvStyle
): string[] {
  return decodeOutputs(preprocessing, outputs, offset).flatMap((target) => {
    if (target.kind === 'numeric') return [csvNumber(target.predicted, style)]
    return [
      target.predicted,
      ...target.probabilities.map(({ probability }) => csvNumber(shortestFloat32(probability), style))
    ]
  })
}
