import { access } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { activations } from '../../shared/catalogue/functions'
import { DESIGN_EXTENSION, type Design } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import { proposeDesign, taskOf, type HiddenLayer } from '../../shared/network/propose'
import type { DialectOverrides } from '../../shared/table/dialect'
import type { PreparedSummary, TableSummary } from '../../shared/dataset'
import { absolute, Session, type SessionOptions } from '../session'
import type { Terminal } from '../terminal'
import { nearest, plural } from '../text'
import { UsageError } from '../usage-error'
import { describeWarnings } from './inspect-profile'
import { leakageOf, prepareTable } from './prepare-table'

export interface NewOptions {
  readonly target: readonly string[]
  readonly hidden: readonly HiddenLayer[] | undefined
  readonly output: string | undefined
  readonly force: boolean
  /** How the table is written, as far as a person said; the design keeps it. */
  readonly reading: DialectOverrides
}

/** `lamina new`: a design that fits a table. */
export async function newDesign(
  options: SessionOptions,
  data: string,
  { target, hidden, output, force, reading }: NewOptions
): Promise<void> {
  const { terminal } = options
  const path = output ?? join(dirname(data), `${basename(data, extname(data))}${DESIGN_EXTENSION}`)
  if (!force && (await exists(absolute(terminal, path)))) {
    throw new LaminaError(
      'writeFailed',
      `${path} is there already. Choose another name with --output, or replace it with --force.`,
      { path }
    )
  }
  await Session.with(options, async (session) => {
    const { id, table } = await session.openTable(data, reading)
    for (const name of target) requireTarget(table, name)
    const anew = proposeDesign(table, target, basename(data), hidden)
    const proposed = anew.dataset === null ? anew : { ...anew, dataset: { ...anew.dataset, reading } }
    const { design } = await session.saveTo(path, () =>
      session.client.request('design.save', { design: proposed, file: null, dataset: id })
    )
    await terminal.result(`Wrote ${path}: ${describe(design, table, await prepare(session, terminal, design, id))}\n`)
  })
}

/**
 * `16:relu,16:relu`, `32,16` (ReLU) or `none`.
 * @throws UsageError
 */
export function parseHidden(text: string): HiddenLayer[] {
  if (text.trim() === 'none') return []
  return text.split(',').map((part) => {
    const [units, name = 'relu', ...rest] = part.split(':').map((piece) => piece.trim())
    const names = activations.map(({ value }) => value)
    const activation = names.find((value) => value.toLowerCase() === name.toLowerCase())
    if (rest.length > 0 || units === undefined || !/^[1-9]\d{0,4}$/.test(units) || Number(units) > 65_536) {
      throw new UsageError(
        `"${part}" is no hidden layer: expected units and an activation like 16:relu, with 1 to 65536 units.`
      )
    }
    if (activation === undefined)
      throw new UsageError(`There is no activation "${name}". Choose one of ${names.join(', ')}.`)
    return { units: Number(units), function: activation }
  })
}

function requireTarget(table: TableSummary, name: string): void {
  const names = table.columns.map((column) => column.name)
  if (names.includes(name)) return
  const near = nearest(name, names)
  const hint = near === null ? '' : ` Did you mean "${near}"?`
  throw new LaminaError(
    'invalidData',
    `${table.name} has no column "${name}".${hint} It has ${names.map((column) => `"${column}"`).join(', ')}.`,
    { column: name }
  )
}

/** What the design makes of the table; what keeps it from training is said now and not later. */
async function prepare(
  session: Session,
  terminal: Terminal,
  design: Design,
  dataset: string
): Promise<PreparedSummary | null> {
  if (design.dataset === null) return null
  try {
    const prepared = await prepareTable(session, design, design.dataset, dataset)
    for (const warning of prepared.warnings) terminal.message(`Note: ${warning}\n`)
    terminal.message(describeWarnings(await leakageOf(session, design.dataset, dataset)))
    return prepared
  } catch (error) {
    if (!(error instanceof LaminaError) || error.code !== 'invalidData') throw error
    terminal.message(`Before it can be trained: ${error.message}\n`)
    return null
  }
}

function describe(design: Design, table: TableSummary, prepared: PreparedSummary | null): string {
  const { targets, columns } = design.dataset ?? { targets: [], columns: {} }
  const inputs = prepared === null ? 'features' : plural(prepared.inputs, 'feature')
  const outputs = prepared === null ? 'outputs' : plural(prepared.outputs, 'output')
  const units = design.network.nodes.flatMap((node) =>
    node.type === 'dense' ? [node.units === 'auto' ? outputs : String(node.units)] : []
  )
  const named = targets.map((target) => `"${target}"`).join(', ')
  return `${taskOf(table, targets, columns)} of ${named} from ${plural(table.rows, 'row')}, ${[inputs, ...units].join(' → ')}`
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}
