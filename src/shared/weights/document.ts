import { openEnvelope, type DocumentKind } from '../design/document'
import { LaminaError } from '../errors'
import type { NetworkPlan } from '../network/plan'
import { parse } from '../validate'
import { WEIGHTS_FORMAT, WEIGHTS_VERSION, weightsSchema, type WeightsDocument } from './schema'
import { encodedWidth, targetWidth } from './preprocessing'

const weightsKind: DocumentKind = {
  format: WEIGHTS_FORMAT,
  version: WEIGHTS_VERSION,
  noun: 'Lamina weights file',
  code: 'invalidWeights',
  migrations: {}
}

/**
 * Read a weights document and check that its layers fit together.
 * @throws LaminaError `invalidWeights` or `unsupportedVersion`, naming the path inside the document
 */
export function parseWeights(text: string, fileName: string): WeightsDocument {
  const document = parse(weightsSchema, openEnvelope(text, fileName, weightsKind), {
    what: fileName,
    code: 'invalidWeights'
  })
  const fail = (path: string, problem: string): never => {
    throw new LaminaError('invalidWeights', `${fileName} is not valid: at ${path}: ${problem}.`, {
      file: fileName,
      path
    })
  }
  let units = encodedWidth(document.preprocessing)
  for (const [index, layer] of document.layers.entries()) {
    const path = `layers[${index}]`
    if (layer.type === 'activation') continue
    if (layer.inputs !== units)
      fail(`${path}.inputs`, `expected ${units}, what arrives from before it, found ${layer.inputs}`)
    if (layer.weights.length !== layer.units)
      fail(`${path}.weights`, `expected ${layer.units} rows, found ${layer.weights.length}`)
    for (const [row, values] of layer.weights.entries()) {
      if (values.length !== layer.inputs + 1)
        fail(`${path}.weights[${row}]`, `expected ${layer.inputs + 1} numbers, found ${values.length}`)
    }
    units = layer.units
  }
  const outputs = targetWidth(document.preprocessing)
  if (units !== outputs) fail('layers', `the last layer puts out ${units} values, but the targets need ${outputs}`)
  return document
}

/** The plan that computes what a weights document describes. */
export function planOfWeights(document: WeightsDocument): NetworkPlan {
  const inputs = encodedWidth(document.preprocessing)
  let size = inputs
  const operations = document.layers.map((layer, index): NetworkPlan['operations'][number] => {
    if (layer.type === 'dense') {
      const operation = {
        type: 'dense',
        id: layer.id,
        input: index,
        inputs: size,
        units: layer.units,
        initializer: 'zeros'
      } as const
      size = layer.units
      return operation
    }
    return { type: 'activation', id: layer.id, input: index, units: size, function: layer.function }
  })
  return { inputs, outputs: size, loss: document.loss, operations }
}

/** Numbers of a weights document are the shortest decimals that read back to the same float32. */
export function shortestFloat32(value: number): number {
  if (!Number.isFinite(value))
    throw new LaminaError('numericalFailure', `A weight is ${value}; only finite weights can be exported.`)
  // JSON has no negative zero.
  const single = Math.fround(value) + 0
  // A decimal of up to six digits survives a trip through a normal float32, so shorter ones show up at six already.
  const fewest = Math.abs(single) < 2 ** -126 ? 1 : 6
  for (let digits = fewest; digits < 9; digits++) {
    const candidate = Number(single.toPrecision(digits))
    if (Math.fround(candidate) === single) return candidate
  }
  // Nine significant digits always identify a float32.
  return Number(single.toPrecision(9))
}

/** The document as text: one matrix row a line, so that a person and a diff can read it. */
export function formatWeights(document: WeightsDocument): string {
  const matrices = document.layers.flatMap((layer) => (layer.type === 'dense' ? [layer.weights] : []))
  return [...weightsText(document, (dense) => matrices[dense] ?? [])].join('')
}

/**
 * The same text in pieces, a matrix row at most each, for documents too large to be made in one go.
 * @param rowsOf the rows of W_B of each dense layer, in order; what the document itself holds there is not looked at
 */
export function* weightsText(
  document: WeightsDocument,
  rowsOf: (dense: number) => Iterable<readonly number[]>
): Generator<string> {
  const layers = document.layers.map((layer) => (layer.type === 'dense' ? { ...layer, weights: [] } : layer))
  const text = JSON.stringify({ ...document, layers }, null, 2)
  // Inside a string the quotes would be escaped, so this is found at the matrices only.
  const [head = '', ...rest] = text.split('"weights": []')
  yield head
  for (const [dense, following] of rest.entries()) {
    yield '"weights": ['
    let separator = '\n        '
    for (const row of rowsOf(dense)) {
      yield separator + JSON.stringify(row)
      separator = ',\n        '
    }
    yield `\n      ]${following}`
  }
  yield '\n'
}
