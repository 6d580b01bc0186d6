import { conflictSchema, type FileRef } from '../../shared/contract'
import { LaminaError } from '../../shared/errors'
import { dataset } from './dataset.svelte'
import { doc } from './document.svelte'
import { notices } from './notices.svelte'
import { session } from './session.svelte'
import { ui } from './ui.svelte'

/** @returns false when the person cancelled or it failed */
export function save(): Promise<boolean> {
  return write(doc.file, false)
}
/** @returns false when the person cancelled or it failed */
export function saveAs(): Promise<boolean> {
  return write(null, false)
}

/** Hear of other windows that save to the file of this one. @returns a function that stops listening */
export function watchOtherWindows(): () => void {
  return session.on('design.savedElsewhere', ({ file }) => {
    if (file.id !== doc.file?.id) return
    notices.warn(`Another window saved ${file.name}. This one still shows what it had; saving here will ask first.`, {
      label: 'Load that version',
      run: () => void reload(file).catch((error: unknown) => notices.error(error))
    })
  })
}

/** Tell that a file is open twice. */
export function warnOpenElsewhere(file: FileRef): void {
  notices.warn(
    `${file.name} is open in another window as well. Whichever saves last is asked before it overwrites the other’s changes.`
  )
}

async function write(target: FileRef | null, overwrite: boolean): Promise<boolean> {
  const state = doc.state
  try {
    const result = await session.request('design.save', {
      design: state.design,
      file: target?.id ?? null,
      dataset: dataset.current?.id ?? null,
      overwrite
    })
    if (result === null) return false
    doc.markSaved(state, result.design, result.saved.file)
    session.connection.deliver(result.saved)
    notices.info(`Saved ${result.saved.file.name}.`)
    return true
  } catch (error) {
    const details = error instanceof LaminaError && error.code === 'conflict' ? error.details : null
    const conflict = conflictSchema.safeParse(details)
    if (conflict.success && target !== null) {
      const answer = await ui.askConflict(conflict.data)
      if (answer === 'overwrite') return write(target, true)
      if (answer === 'saveAs') return write(null, false)
      if (answer === 'reload') await reload(target).catch((problem: unknown) => notices.error(problem))
      return false
    }
    // The work is in this window still, and may go anywhere else.
    const elsewhere = { label: 'Save as…', run: () => void saveAs() }
    notices.error(error, isAboutPlace(error) ? elsewhere : null)
    return false
  }
}

/** Show what stands in the file, as a step that can be undone: what was here before is not lost. */
async function reload(file: FileRef): Promise<void> {
  const opened = await session.request('design.open', { file: file.id })
  const table =
    opened.dataset === null || opened.dataset.id === dataset.current?.file.id
      ? null
      : await dataset.open(opened.dataset, opened.design.dataset?.reading)
  doc.load(`Load ${file.name} as it is now`, {
    design: opened.design,
    table: table?.key ?? (opened.design.dataset === null ? null : doc.table)
  })
  if (opened.problem !== null) notices.warn(opened.problem)
}

function isAboutPlace(error: unknown): boolean {
  return error instanceof LaminaError && ['writeFailed', 'permissionDenied', 'notFound'].includes(error.code)
}
