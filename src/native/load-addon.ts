import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../shared/errors'

export type LoadedAddon<T> = { readonly addon: T } | { readonly addon: null; readonly reason: string }

/** A compiled module of this program. */
export interface AddonDescription<T> {
  /** Its file in build/Release, without the ending. */
  readonly name: string
  /** As a message calls it. */
  readonly title: string
  /** Whether it is of this version. */
  readonly fits: (loaded: unknown) => loaded is T
}

const HOW_TO_BUILD = 'Run "npm run build:native" to build it.'

/**
 * Finds an addon in a file's folder or one above it: the checkout's root, whether this runs from src/, from a bundle in
 * out/, or from a packaged application.
 * @param start a file: URL
 */
export function loadAddon<T>({ name, title, fits }: AddonDescription<T>, start: string): LoadedAddon<T> {
  const folder = dirname(fileURLToPath(start))
  const file = join('build', 'Release', `${name}.node`)
  const path = findFile(folder, file)
  if (path === null) {
    return { addon: null, reason: `${title} is not there: no ${file} in ${folder} or above it. ${HOW_TO_BUILD}` }
  }
  try {
    const loaded: unknown = createRequire(start)(path)
    if (fits(loaded)) return { addon: loaded }
    return { addon: null, reason: `${title} at ${path} is from another version of Lamina. ${HOW_TO_BUILD}` }
  } catch (thrown) {
    return { addon: null, reason: `${title} at ${path} could not be loaded: ${messageOf(thrown)}. ${HOW_TO_BUILD}` }
  }
}

function findFile(folder: string, file: string): string | null {
  // The system's loader cannot look into an asar archive, so packaging puts addons beside it.
  const candidate = join(folder.replace(/([\\/])app\.asar(?=[\\/]|$)/, '$1app.asar.unpacked'), file)
  if (existsSync(candidate)) return candidate
  const parent = dirname(folder)
  return parent === folder ? null : findFile(parent, file)
}
