import { expect, test } from 'vitest'
import { DamagedCheckpoints } from '../support/damaged-checkpoints'
import { temporaryFolder } from '../support/temporary-folder'
import { describeEngines } from './engines'

const folder = temporaryFolder()

// Ten thousand of them: npm run torture -- --only damaged-checkpoints
describeEngines('damaged checkpoints', (engine) => {
  test('are refused with a message', async () => {
    const damaged = await DamagedCheckpoints.create(engine, folder)
    const wrong: string[] = []
    for (let index = 0; index < 300; index++) {
      const problem = await damaged.round(7, index)
      if (problem !== null) wrong.push(problem)
    }
    damaged.dispose()
    expect(wrong).toEqual([])
  })
})
