import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { workerEntries } from '../../src/service'

/** The built program, as users run it. */
export const builtFolder = resolve(import.meta.dirname, '../../out/main')
export const builtCli = join(builtFolder, 'lamina.js')
export const builtWorkers = (): ReturnType<typeof workerEntries> => workerEntries(builtFolder)

/** Only Linux shows processes in a folder. */
export const seesProcesses = existsSync('/proc/self/stat')

/** Whether a process runs; one that ended and was not yet waited for does not. */
export function isRunning(pid: number): boolean {
  const state = statOf(pid)
  return state !== null && state.state !== 'Z'
}

export function isStopped(pid: number): boolean {
  return statOf(pid)?.state === 'T'
}

export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => statOf(candidate)?.parent === pid)
}

/** Poll until something holds: for what other processes do, which tells nobody. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (holds()) return
    await wait(20)
  }
  throw new Error(`It never happened: ${what}.`)
}

function statOf(pid: number): { state: string; parent: number } | null {
  try {
    // "pid (name) state parent …"; the name may hold anything, also ")".
    const [state = '', parent = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return null
  }
}
