import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startNodeWorker } from '../../src/service'
import { builtWorkers } from '../support/processes'
import type { Scenario } from './scenario'
import { interrupted } from './support/interruptions'
import { TrainedService } from './support/trained-service'

export const workerOutOfMemory: Scenario = {
  name: 'worker-out-of-memory',
  claim: 'the training process runs out of memory: told in words, training again within 3 s, the same weights',
  rounds: 5,
  async run(ordeal) {
    const folder = mkdtempSync(join(tmpdir(), 'lamina-torture-'))
    const training = join(folder, 'greedy.mjs')
    writeFileSync(training, greedy(builtWorkers().training))
    try {
      return await interrupted(ordeal, {
        harm: (pid) => process.kill(pid, 'SIGUSR2'),
        reason: 'ran out of memory',
        // Filling the memory takes a moment before there is anything to notice.
        noticeWithin: 5000,
        againWithin: 3000,
        service: () =>
          new TrainedService((kind) =>
            startNodeWorker(kind, { ...builtWorkers(), training }, ['--max-old-space-size=96'])
          )
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** The real worker, which takes all the memory it may have on a signal. */
function greedy(worker: string): string {
  return [
    "process.on('SIGUSR2', () => { const kept = []; for (;;) kept.push(new Array(1e5).fill(kept.length)) })",
    `await import(${JSON.stringify(pathToFileURL(worker).href)})`,
    ''
  ].join('\n')
}
