import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { RandomWords } from '../../src/engine/random'
import { messageOf } from '../../src/shared/errors'
import { builtCli, childrenOf, eventually, isRunning, seesProcesses } from '../support/processes'
import { resources } from '../support/test-service'
import type { Outcome, Scenario } from './scenario'

const LIMIT_MS = 3000

export const orphans: Scenario = {
  name: 'orphans',
  claim:
    'the service is killed while its workers read and train, in every other round with one of them stopped (SIGSTOP): none is left after 3 s',
  rounds: 10,
  async run({ seed, rounds, progress }): Promise<Outcome> {
    if (!seesProcesses) throw new Error('Processes are only seen on Linux.')
    const random = new RandomWords(seed, 0, 0, 0)
    const folder = mkdtempSync(join(tmpdir(), 'lamina-torture-'))
    const failures: string[] = []
    let longest = 0
    try {
      for (const file of ['iris.csv', 'iris.lamina'])
        await copyFile(join(resources, 'examples', file), join(folder, file))
      for (let round = 1; round <= rounds; round++) {
        try {
          const stopped = round % 2 === 0 ? random.next() % 2 : null
          const took = await kill(folder, 500 * (random.next() / 2 ** 32), stopped)
          longest = Math.max(longest, took)
          if (took > LIMIT_MS) failures.push(`round ${round}: a worker lived for ${Math.round(took)} ms more`)
        } catch (error) {
          failures.push(`round ${round}: ${messageOf(error)}`)
        }
        progress(`${round} of ${rounds}`)
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    return {
      survived: rounds - failures.length,
      rounds,
      figures: { 'longest until all were gone': `${Math.round(longest)} ms` },
      failures
    }
  }
}

/**
 * @param stopped which of the workers is stopped before, if one is
 * @returns milliseconds until no worker is left
 */
async function kill(folder: string, afterMs: number, stopped: number | null): Promise<number> {
  const child = spawn(process.execPath, [builtCli, 'train', 'iris.lamina', '--epochs', '10000000'], {
    cwd: folder,
    env: { ...process.env, LAMINA_DATA_FOLDER: join(folder, 'data'), LAMINA_CACHE_FOLDER: join(folder, 'cache') },
    stdio: 'ignore'
  })
  const pid = child.pid ?? 0
  await eventually(() => childrenOf(pid).length === 2, 'both workers start')
  await wait(afterMs)
  const workers = childrenOf(pid)
  if (stopped !== null) process.kill(workers[stopped] ?? 0, 'SIGSTOP')
  const ended = once(child, 'exit')
  const killed = performance.now()
  process.kill(pid, 'SIGKILL')
  await ended
  try {
    await eventually(() => !workers.some(isRunning), 'the workers end')
  } finally {
    for (const worker of workers.filter(isRunning)) process.kill(worker, 'SIGKILL')
  }
  return performance.now() - killed
}
