import { existsSync, readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LaminaError } from '../shared/errors'

/**
 * The folder the program was installed or checked out to: the nearest one above the running file with `resources`.
 * For hosts without a notion of their own (Electron has one).
 */
export function programFolder(from: string = dirname(fileURLToPath(import.meta.url))): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'resources', 'examples', 'index.json'))) return folder
    if (folder === dirname(folder))
      throw new LaminaError('notFound', `Lamina is not complete: there is no resources folder above ${from}.`)
  }
}

export function programVersion(): string {
  const path = join(programFolder(), 'package.json')
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (typeof value === 'object' && value !== null && 'version' in value && typeof value.version === 'string')
    return value.version
  throw new LaminaError('internal', `${path} states no version.`)
}

/**
 * Where programs keep a person's data and their caches, by the customs of the system. `LAMINA_DATA_FOLDER` and
 * `LAMINA_CACHE_FOLDER` override them.
 */
export function userFolders(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform
): { data: string; cache: string } {
  const home = environment['HOME'] ?? environment['USERPROFILE'] ?? homedir()
  const { data, cache } = customs(environment, platform, home === '' ? tmpdir() : home)
  return { data: environment['LAMINA_DATA_FOLDER'] ?? data, cache: environment['LAMINA_CACHE_FOLDER'] ?? cache }
}

function customs(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
  home: string
): { data: string; cache: string } {
  if (platform === 'win32') {
    const local = environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local')
    return { data: join(local, 'Lamina', 'data'), cache: join(local, 'Lamina', 'cache') }
  }
  if (platform === 'darwin') {
    return {
      data: join(home, 'Library', 'Application Support', 'Lamina'),
      cache: join(home, 'Library', 'Caches', 'Lamina')
    }
  }
  return {
    data: join(environment['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'lamina'),
    cache: join(environment['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'lamina')
  }
}
