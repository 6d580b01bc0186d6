import { beforeEach, expect, it, vi } from 'vitest'
import { runCli } from '../../../src/cli/program'
import type { Engine, Trainer, TrainerOptions } from '../../../src/engine'
import { TestTerminal } from '../../support/test-terminal'

const created: TrainerOptions[] = []
const disposed = vi.fn()
let failure: { step: number; quantity: 'loss'; layer: null } | null = null

/** Trains in no time: what is tested is what is asked of an engine, and what is told of its answer. */
const fake = {
  name: 'native',
  description: 'Fake engine',
  createTrainer(options: TrainerOptions) {
    created.push(options)
    return {
      threads: options.threads ?? 3,
      run: () => Promise.resolve({ steps: 5, failure }),
      dispose: disposed
    } as unknown as Trainer
  }
} as unknown as Engine

vi.mock('../../../src/engine/index', () => ({ chooseEngine: () => ({ engine: fake, fallbackReason: null }) }))

async function run(...args: string[]): Promise<{ code: number; terminal: TestTerminal }> {
  const terminal = new TestTerminal('.')
  const startWorker = (): never => {
    throw new Error('No worker is needed.')
  }
  return { code: await runCli(['bench', ...args], { terminal, startWorker }), terminal }
}

beforeEach(() => {
  created.length = 0
  disposed.mockClear()
  failure = null
})

it('asks the engine for the threads that were asked for, and tells those it uses', async () => {
  const { code, terminal } = await run('--case', 'M', '--optimizer', 'adam', '--threads', '2', '--json')
  expect(code).toBe(0)
  expect(created).toHaveLength(1)
  expect(created[0]).toMatchObject({ threads: 2, batchSize: 32, optimizer: { type: 'adam' }, network: { inputs: 64 } })
  expect(JSON.parse(terminal.stdout)).toMatchObject({
    engine: 'native',
    optimizer: 'adam',
    cases: [{ name: 'M', threads: 2, description: 'Fake engine' }]
  })
  expect(disposed).toHaveBeenCalledTimes(1)
})

it('leaves the threads to the engine otherwise, and measures every case', async () => {
  const { terminal } = await run('--json')
  expect(created).toHaveLength(4)
  for (const options of created) expect(options).not.toHaveProperty('threads')
  expect(JSON.parse(terminal.stdout).cases.map((one: { threads: number }) => one.threads)).toEqual([3, 3, 3, 3])
})

it('prints a table for people', async () => {
  const { terminal } = await run('--case', 'S', '--threads', '1')
  expect(terminal.stdout).toMatch(
    /^Fake engine, sgd\n\nCase {2}Network {3} Batch {2}Threads +Steps\/s +µs\/step +GFLOP\/s\nS {5}4–16–16–3 +16 +1 /
  )
})

it('fails where training does', async () => {
  failure = { step: 1, quantity: 'loss', layer: null }
  const { code, terminal } = await run('--case', 'S')
  expect(code).toBe(1)
  expect(terminal.stderr).toContain('The loss stopped being finite while speed was measured.')
  expect(disposed).toHaveBeenCalledTimes(1)
})
