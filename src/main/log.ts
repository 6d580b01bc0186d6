import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Host } from '../service'

const MOST_BYTES = 1024 * 1024

/**
 * A log that people can send along with a problem: what a program started from a menu writes to its terminal is lost.
 * @param path the file; its predecessor is kept beside it
 * @param now for the time of each line
 */
export function createLog(path: string, now: () => Date): Host['log'] {
  let usable = true
  return (level, message) => {
    console.error(`lamina ${level}: ${message}`)
    if (!usable) return
    try {
      startAnewWhenFull(path)
      appendFileSync(path, `${now().toISOString()} ${level} ${message.replaceAll('\n', '\n  ')}\n`)
    } catch (error) {
      // A full disk must not keep the program from working; the terminal has the rest.
      usable = false
      console.error(`lamina warning: the log ${path} cannot be written: ${String(error)}`)
    }
  }
}

function startAnewWhenFull(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === undefined) mkdirSync(dirname(path), { recursive: true })
  else if (size > MOST_BYTES) renameSync(path, `${path}.old`)
}
