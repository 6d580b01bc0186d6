import type { LostWork, RestoredWork } from '../../shared/contract'
import { LaminaError } from '../../shared/errors'
import { openAs, mayDiscard } from '../state/files'
import { journal } from '../state/journal.svelte'
import { notices } from '../state/notices.svelte'
import { warnOpenElsewhere } from '../state/saving'
import { session } from '../state/session.svelte'
import { ui } from '../state/ui.svelte'

/**
 * What a window shows first: itself after it was loaded again, or what the program was started with. Work of windows that
 * ended with changes unsaved is offered beside it.
 */
export async function begin(): Promise<void> {
  try {
    const resumed = await journal.resume()
    if (resumed !== null) report(resumed)
    else {
      ui.lostWork = await session.request('journal.list', {})
      await openLaunchFile()
    }
  } catch (error) {
    notices.error(error)
  }
}

/** Show unsaved work of windows that are gone, when the person asks for it. */
export async function showLostWork(): Promise<void> {
  try {
    ui.lostWork = await session.request('journal.list', {})
    if (ui.lostWork.length > 0) ui.dialog = 'lostWork'
    else notices.info('There is no unsaved work of windows that were closed.')
  } catch (error) {
    notices.error(error)
  }
}

/** @returns whether it is in this window now */
export async function restoreWork({ journal: id, title }: LostWork): Promise<boolean> {
  try {
    if (!(await mayDiscard(`restore ${title}`))) return false
    report(await journal.restore(id))
    withdraw(id)
    return true
  } catch (error) {
    refuse(id, error)
    return false
  }
}

/** @returns whether it is gone */
export async function discardWork({ journal: id }: LostWork): Promise<boolean> {
  try {
    await session.request('journal.discard', { journal: id })
    withdraw(id)
    return true
  } catch (error) {
    refuse(id, error)
    return false
  }
}

function withdraw(id: string): void {
  ui.lostWork = ui.lostWork.filter((work) => work.journal !== id)
}

function refuse(id: string, error: unknown): void {
  // Another window was faster.
  if (error instanceof LaminaError && error.code === 'notFound') withdraw(id)
  notices.error(error)
}

function report({ problem, file, openElsewhere }: RestoredWork): void {
  if (problem !== null) notices.warn(problem)
  if (openElsewhere && file !== null) warnOpenElsewhere(file)
}

/** Open what the program was started with. */
async function openLaunchFile(): Promise<void> {
  const launch = session.hello?.launch ?? null
  if (launch === null) return
  try {
    await openAs(launch.purpose, launch.file)
  } catch (error) {
    notices.error(error)
  }
}
