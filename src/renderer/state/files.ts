import type { FilePurpose, FileRef, OpenedDesign } from '../../shared/contract'
import { LaminaError } from '../../shared/errors'
import { emptyDesign, proposeDesign } from '../../shared/network/propose'
import { flow } from '../canvas/flow.svelte'
import { adoptTable, targetsFor } from '../data/settings'
import { isUntouched, nameFor, rememberProposal, trainingFor } from '../data/proposal'
import { dataset, type OpenTable } from './dataset.svelte'
import { doc } from './document.svelte'
import { purposeOf } from './file-purpose'
import { notices } from './notices.svelte'
import { save, warnOpenElsewhere } from './saving'
import { session } from './session.svelte'
import { ui } from './ui.svelte'

/** The topic of what is said about a table that is not where a design expects it. */
const LOST_TABLE = 'lost table'

/** What to do with imported weights; set by whoever shows predictions. */
let receiveWeights: ((file: FileRef) => void) | null = null
export function onWeightsFile(receive: (file: FileRef) => void): void {
  receiveWeights = receive
}

/** Ask for a file and open it. Nothing here throws: what goes wrong becomes a notice. */
export async function chooseAndOpen(purpose: FilePurpose): Promise<void> {
  await guarded(async () => {
    const file = await session.connection.pickFile(purpose)
    if (file !== null) await openAs(purpose, file)
  })
}

/** Open a file that was dropped on the window, chosen from the recent ones, or handed over by the system. */
export async function openAs(purpose: FilePurpose, file: FileRef): Promise<void> {
  if (purpose === 'design') return openDesign(file)
  if (purpose === 'dataset') return openData(file)
  if (receiveWeights === null) throw new LaminaError('internal', 'Nothing in this window takes weights.')
  receiveWeights(file)
}

export async function openDropped(files: readonly File[]): Promise<void> {
  const [first, ...others] = files
  if (first === undefined) return
  if (others.length > 0) notices.warn(`Only ${first.name} was opened: drop one file at a time.`)
  await guarded(async () => openAs(purposeOf(first.name), await session.connection.acceptDropped(first)))
}

export async function newDesign(): Promise<void> {
  if (!(await mayDiscard('start a new design'))) return
  doc.replace({ design: emptyDesign(), table: null }, null)
  dataset.closeAllBut(null)
  dataset.problem = null
}

export async function openDesign(file: FileRef): Promise<void> {
  await guarded(async () => {
    if (!(await mayDiscard(`open ${file.name}`))) return
    await show(await session.request('design.open', { file: file.id }))
  })
}

export async function openExample(id: string): Promise<void> {
  await guarded(async () => {
    if (!(await mayDiscard('open an example'))) return
    await show(await session.request('design.openExample', { example: id }))
  })
}

/** Show a design that the service gives out, in place of the present one. */
export async function openGiven(doing: string, open: () => Promise<OpenedDesign>): Promise<void> {
  await guarded(async () => {
    if (!(await mayDiscard(doing))) return
    await show(await open())
  })
}

/** Open a table: it brings a working network where there is none yet, and joins the one that is there otherwise. */
export async function openData(file: FileRef): Promise<void> {
  await guarded(async () => {
    const opened = await dataset.open(file)
    if (opened !== null) takeTable(opened)
  })
}

/** Read the present table's file again, which has changed since it was opened. */
export async function readTableAgain(): Promise<void> {
  const before = dataset.table
  if (before === null) return
  await guarded(async () => {
    const opened = await dataset.open(before.dataset.file, before.overrides)
    if (opened !== null) takeReading(`Read ${before.dataset.file.name} again`, opened)
  })
}

/** Make another reading of the present table's file the document's. */
export function adoptReading(opened: OpenTable): void {
  takeReading('Read the table differently', opened)
}

function takeReading(label: string, opened: OpenTable): void {
  doc.transactState(label, (state) => ({
    design: adoptTable(
      state.design,
      opened.dataset.table,
      state.design.dataset?.path ?? opened.dataset.file.name,
      opened.overrides
    ),
    table: opened.key
  }))
}

/** Find the table of a design whose own could not be found. */
export async function locateTable(): Promise<void> {
  await guarded(async () => {
    const file = await session.connection.pickFile('dataset')
    if (file === null) return
    const opened = await dataset.open(file, doc.design.dataset?.reading)
    if (opened === null) return
    notices.withdraw(LOST_TABLE)
    adopt(opened)
  })
}

/** Put the network that would be proposed for the table in place of the present one, as an undoable step. */
export function proposeForTable(): void {
  const table = dataset.current?.table
  const settings = doc.design.dataset
  if (table === undefined || settings === null) return
  const proposed = proposeDesign(table, settings.targets, settings.path)
  rememberProposal(proposed)
  doc.transact('Propose a network', (design) => ({ ...design, network: proposed.network, training: proposed.training }))
}

/** Whether the present document may be given up: asks when it has unsaved changes. */
export async function mayDiscard(doing: string): Promise<boolean> {
  if (!doc.modified || isBlank()) return true
  const answer = await ui.askUnsaved(doing)
  if (answer === 'save') return save()
  return answer === 'discard'
}

/** Nothing in it that anybody would miss. */
function isBlank(): boolean {
  return doc.table === null && doc.design.dataset === null && doc.design.network.nodes.length <= 2
}

function takeTable(opened: OpenTable): void {
  if (!isUntouched(doc.design)) {
    adopt(opened, true)
    return
  }
  const { table, file } = opened.dataset
  const targets = targetsFor(table)
  if (targets.length === 0)
    throw new LaminaError('invalidData', `${file.name} has no columns, so there is nothing to predict.`, {
      file: file.name
    })
  const proposed = proposeDesign(table, targets, file.name)
  const training = trainingFor(doc.design, proposed)
  const name = nameFor(doc.design, proposed)
  rememberProposal(proposed)
  doc.transactState(`Open ${file.name}`, () => ({ design: { ...proposed, training, name }, table: opened.key }))
  flow.view?.fit()
}

function adopt(opened: OpenTable, offerProposal = false): void {
  const { table, file } = opened.dataset
  doc.transactState(`Use ${file.name}`, (state) => ({
    design: adoptTable(state.design, table, file.name, opened.overrides),
    table: opened.key
  }))
  if (offerProposal) {
    notices.info(`${file.name} is now the dataset of this network.`, {
      label: 'Propose a network',
      run: proposeForTable
    })
  }
}

async function show(opened: OpenedDesign): Promise<void> {
  doc.replace({ design: opened.design, table: null }, opened.file)
  dataset.closeAllBut(null)
  dataset.problem = opened.problem
  if (opened.problem !== null) {
    notices.warn(opened.problem, { label: 'Find the table…', run: () => void locateTable() }, LOST_TABLE)
  }
  if (opened.openElsewhere && opened.file !== null) warnOpenElsewhere(opened.file)
  if (opened.dataset === null) return
  const generation = doc.generation
  const table = await dataset.open(opened.dataset, opened.design.dataset?.reading)
  if (table !== null && generation === doc.generation) doc.attachTable(table.key)
}

async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    notices.error(error)
  }
}
