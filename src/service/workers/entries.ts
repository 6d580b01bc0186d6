import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LaminaError } from '../../shared/errors'
import type { WorkerKind } from '../host'

/**
 * The workers' files in the built program: beside the running file, or one folder up when the bundler moved this code
 * into a folder of shared chunks.
 * @throws LaminaError `workerFailed` when the program was not built
 */
export function workerEntries(from: string = dirname(fileURLToPath(import.meta.url))): Record<WorkerKind, string> {
  return { data: find(from, 'data-worker.js'), training: find(from, 'training-worker.js') }
}

function find(from: string, name: string): string {
  const places = [join(from, name), join(dirname(from), name)]
  const found = places.find((place) => existsSync(place))
  if (found !== undefined) return found
  throw new LaminaError(
    'workerFailed',
    `${name} is missing (looked in ${places.map((place) => dirname(place)).join(' and ')}). Build Lamina again: npm run build.`
  )
}
