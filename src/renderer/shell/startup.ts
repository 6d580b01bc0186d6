import { parseDesign, formatDesign } from '../../shared/design/document'
import { fileRefSchema, type FileRef } from '../../shared/contract'
import { LaminaError } from '../../shared/errors'
import { parse } from '../../shared/validate'
import { dataset } from '../state/dataset.svelte'
import { doc } from '../state/document.svelte'
import { locateTable, openAs } from '../state/files'
import { notices } from '../state/notices.svelte'
import { session } from '../state/session.svelte'

/** Unsaved work is kept here within this long of an edit. */
const WITHIN_MS = 800
const DRAFT = 'lamina.draft'
/** Marks a window that is merely being reloaded. */
const HERE = 'lamina.here'

interface Draft {
  readonly design: string
  readonly file: FileRef | null
  readonly table: FileRef | null
  readonly savedAt: number
}

/** Keep what is not saved where a crash or a reload cannot take it. @returns a function that stops */
export function watchDraft(): () => void {
  let timer = 0
  const stop = doc.onChange(() => {
    window.clearTimeout(timer)
    timer = window.setTimeout(keep, WITHIN_MS)
  })
  window.addEventListener('pagehide', keep)
  return () => {
    stop()
    window.removeEventListener('pagehide', keep)
    window.clearTimeout(timer)
  }
}

function keep(): void {
  try {
    if (!doc.modified && doc.file === null && doc.table === null) {
      localStorage.removeItem(DRAFT)
      return
    }
    const draft: Draft = {
      design: formatDesign(doc.design),
      file: doc.file,
      table: dataset.current?.file ?? null,
      savedAt: doc.modified ? Date.now() : 0
    }
    localStorage.setItem(DRAFT, JSON.stringify(draft))
    sessionStorage.setItem(HERE, 'yes')
  } catch (error) {
    // Storage is full or forbidden: saving to a file still works, so this is for the developer only.
    console.warn('Unsaved work could not be backed up.', error)
  }
}

/**
 * Bring back what was being edited: at once after a reload, on request after a crash.
 * @returns whether the document was brought back
 */
export async function restoreDraft(): Promise<boolean> {
  const draft = readDraft()
  if (draft === null) return false
  const reloaded = sessionStorage.getItem(HERE) !== null
  if (reloaded) {
    await restore(draft)
    return true
  }
  if (draft.savedAt > 0) {
    const time = new Date(draft.savedAt).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'short' })
    notices.warn(`There are changes of ${time} that were not saved.`, {
      label: 'Restore',
      run: () => void restore(draft)
    })
  }
  return false
}

async function restore(draft: Draft): Promise<void> {
  try {
    const design = parseDesign(draft.design, 'The backup')
    doc.replace({ design, table: null }, draft.file, draft.savedAt > 0)
    if (draft.table === null) return
    const table = await dataset.open(draft.table)
    if (table !== null) doc.attachTable(table.key)
  } catch (error) {
    if (error instanceof LaminaError && (error.code === 'notFound' || error.code === 'permissionDenied')) {
      dataset.problem = error.message
      notices.warn(error.message, { label: 'Find the table…', run: () => void locateTable() })
    } else notices.error(error)
  }
}

function readDraft(): Draft | null {
  try {
    const text = localStorage.getItem(DRAFT)
    const value: unknown = text === null ? null : JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('design' in value) || typeof value.design !== 'string')
      return null
    const file = 'file' in value ? value.file : null
    const table = 'table' in value ? value.table : null
    const ref = (entry: unknown): FileRef | null =>
      entry === null ? null : parse(fileRefSchema, entry, { what: 'The backup', code: 'invalidDesign' })
    const savedAt = 'savedAt' in value && typeof value.savedAt === 'number' ? value.savedAt : 0
    return { design: value.design, file: ref(file), table: ref(table), savedAt }
  } catch (error) {
    console.warn('The backup of unsaved work could not be read.', error)
    return null
  }
}

/** Open what the program was started with. */
export async function openLaunchFile(): Promise<void> {
  const launch = session.hello?.launch ?? null
  if (launch === null) return
  try {
    await openAs(launch.purpose, launch.file)
  } catch (error) {
    notices.error(error)
  }
}
