import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseEngine } from '../../src/engine'
import { DamagedCheckpoints } from '../support/damaged-checkpoints'
import type { Scenario } from './scenario'

export const damagedCheckpoints: Scenario = {
  name: 'damaged-checkpoints',
  claim: 'a checkpoint file that is damaged or forged in any of many ways is refused with a message, or does no harm',
  rounds: 10_000,
  async run({ seed, rounds, progress }) {
    const folder = await mkdtemp(join(tmpdir(), 'lamina-torture-'))
    const { engine } = chooseEngine()
    const damaged = await DamagedCheckpoints.create(engine, folder)
    const failures: string[] = []
    try {
      for (let index = 0; index < rounds; index++) {
        const problem = await damaged.round(seed, index)
        if (problem !== null) failures.push(problem)
        if ((index + 1) % 2500 === 0) progress(`${index + 1} files`)
      }
    } finally {
      damaged.dispose()
      await rm(folder, { recursive: true })
    }
    return { survived: rounds - failures.length, rounds, figures: { engine: engine.name }, failures }
  }
}
