import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The files named on a command line.
 * @param argv as the process got it, the program first
 * @param isPackaged otherwise Electron itself is the program, and Lamina's folder its first argument
 */
export function filesFromArguments(argv: readonly string[], isPackaged: boolean, workingFolder: string): string[] {
  return argv
    .slice(isPackaged ? 1 : 2)
    .filter((argument) => argument !== '' && !argument.startsWith('-'))
    .map((argument) => resolve(workingFolder, pathOf(argument)))
}

/** Desktops of Linux hand over addresses: the installed entry says `%U`. */
function pathOf(argument: string): string {
  if (!/^file:/i.test(argument)) return argument
  try {
    return fileURLToPath(argument)
  } catch {
    // On another computer, say. Opening it fails, and tells what was asked for.
    return argument
  }
}

/** What a second start hands to the first through the system. */
export interface SecondStart {
  readonly files: readonly string[]
}

/** Chromium reorders and adds to a second start's command line; this came beside it, untouched but unchecked. */
export function filesFromSecondStart(data: unknown): string[] {
  if (typeof data !== 'object' || data === null || !('files' in data) || !Array.isArray(data.files)) return []
  return data.files.filter((path): path is string => typeof path === 'string')
}
