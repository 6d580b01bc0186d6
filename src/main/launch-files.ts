import { resolve } from 'node:path'

/**
 * The files named on a command line.
 * @param argv as the process got it, the program first
 * @param isPackaged otherwise Electron itself is the program, and Lamina's folder its first argument
 */
export function filesFromArguments(argv: readonly string[], isPackaged: boolean, workingFolder: string): string[] {
  return argv
    .slice(isPackaged ? 1 : 2)
    .filter((argument) => argument !== '' && !argument.startsWith('-'))
    .map((path) => resolve(workingFolder, path))
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
