import { spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { scratchPrefix } from '../../src/files/scratch-folders'
import { startNodeWorker, type WorkerKind, type WorkerProcess } from '../../src/service'
import { contract, type LaminaContract, type Run } from '../../src/shared/contract'
import type { Recovery } from '../../src/shared/run-history'
import { portPair } from '../../src/shared/port'
import { createClient, type Client } from '../../src/shared/rpc'
import { trainingWorkerContract } from '../../src/shared/workers/training'
import { parseWeights } from '../../src/shared/weights/document'
import {
  builtCli,
  builtWorkers,
  childrenOf,
  eventually,
  isRunning,
  isStopped,
  seesProcesses
} from '../support/processes'
import { createTestService, resources, type TestService } from '../support/test-service'
import { temporaryFolder } from '../support/temporary-folder'

const root = temporaryFolder()
let folder = ''
let cases = 0
beforeEach(() => {
  folder = join(root, String(cases++))
  mkdirSync(folder)
  copyFileSync(join(resources, 'examples', 'iris.csv'), join(folder, 'iris.csv'))
})

/** A service whose workers are processes of the built program. */
function service(): {
  host: TestService
  client: Client<LaminaContract>
  workers: Record<WorkerKind, WorkerProcess[]>
} {
  const workers: Record<WorkerKind, WorkerProcess[]> = { data: [], training: [] }
  const host = createTestService(folder, (kind) => {
    const worker = startNodeWorker(kind, builtWorkers())
    workers[kind].push(worker)
    return worker
  })
  const [ours, theirs] = portPair()
  host.service.connect(theirs)
  return { host, client: createClient(contract, ours, () => undefined), workers }
}

async function start(client: Client<LaminaContract>, epochs: number): Promise<Run> {
  const { design, dataset } = await client.request('design.openExample', { example: 'iris' })
  const { id } = await client.request('dataset.open', { file: dataset?.id ?? '', overrides: {} })
  return client.request('training.start', {
    design: { ...design, training: { ...design.training, epochs } },
    dataset: id,
    initialWeights: null,
    paused: true,
    everyEpoch: false,
    seed: null,
    threads: null
  })
}

/** Let a run go and resolve with the first frame for which something holds. */
function follow(
  client: Client<LaminaContract>,
  run: Run,
  until: (state: string, step: number) => boolean
): Promise<number> {
  const found = new Promise<number>((resolve) => {
    client.on('training.frame', ({ run: id, frame }) => {
      if (id !== run.id) return
      client.request('training.acknowledge', { run: id, sequence: frame.sequence }).catch(() => undefined)
      if (until(frame.progress.state, frame.progress.step)) resolve(frame.progress.step)
    })
  })
  return client.request('training.resume', { run: run.id }).then(() => found)
}

describe('workers as processes', () => {
  it('train, export and end without a trace', async () => {
    const { host, client, workers } = service()
    const run = await start(client, 20)
    expect(await follow(client, run, (state) => state === 'finished')).toBe(160)
    host.answers.save = join(folder, 'w.json')
    await client.request('weights.export', { run: run.id, file: null })
    expect(parseWeights(readFileSync(host.answers.save, 'utf8'), 'w.json').training.epochs).toBe(20)
    const exits = Promise.all([...workers.data, ...workers.training].map((worker) => worker.exited))
    await host.service.close()
    expect(await exits).toEqual([{ reason: 'was stopped' }, { reason: 'was stopped' }])
  })

  it('are followed by another one when they are killed, and the run goes on there', async () => {
    const { host, client, workers } = service()
    const run = await start(client, 1_000_000)
    const reached = await follow(client, run, (_, step) => step > 100)
    const phases: string[] = []
    const resumed = new Promise<{ recovery: Recovery }>((resolve) =>
      client.on('training.recovery', (event) => {
        phases.push(event.recovery.phase)
        if (event.recovery.phase === 'resumed') resolve(event)
      })
    )
    const [first] = workers.training
    process.kill(first?.pid ?? 0, 'SIGKILL')
    const { recovery } = await resumed
    expect(phases).toEqual(['restarting', 'resumed'])
    expect(recovery.reason).toContain('was killed (SIGKILL)')
    await follow(client, run, (state, step) => state === 'running' && step > reached)
    expect(await client.request('training.current', {})).toMatchObject({ id: run.id, error: null, recovery: null })
    expect(workers.training).toHaveLength(2)
    expect(workers.data).toHaveLength(1)
    const next = await start(client, 5)
    expect(await follow(client, next, (state) => state === 'finished')).toBe(40)
    await host.service.close()
  })

  it('lose nothing but the load under way when the data process is killed', async () => {
    const { host, client, workers } = service()
    const run = await start(client, 1_000_000)
    await follow(client, run, (_, step) => step > 100)
    const { id: iris } = await host.service.grantFile(join(folder, 'iris.csv'))
    const open = await client.request('dataset.open', { file: iris, overrides: {} })
    const rows = Array.from({ length: 600_000 }, (_, row) => `${row},${row % 7},${row % 11}`)
    writeFileSync(join(folder, 'killed.csv'), `a,b,c\n${rows.join('\n')}\n`)
    const { id } = await host.service.grantFile(join(folder, 'killed.csv'))
    const refused = expect(client.request('dataset.open', { file: id, overrides: {} })).rejects.toMatchObject({
      code: 'workerFailed',
      message: expect.stringContaining('The data worker was killed (SIGKILL)') as string
    })
    await new Promise((resolve) => client.on('dataset.progress', resolve))
    const { pid = 0 } = workers.data[0] ?? {}
    const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith(scratchPrefix(pid)))
    expect(left()).toHaveLength(1)
    process.kill(pid, 'SIGKILL')
    await refused
    await expect.poll(left).toEqual([])
    const { step } = (await client.request('training.current', {}))?.progress ?? { step: Infinity }
    await follow(client, run, (state, now) => state === 'running' && now > step)
    expect((await client.request('dataset.rows', { dataset: open.id, offset: 149, limit: 1 })).rows).toHaveLength(1)
    expect(workers.data).toHaveLength(2)
    expect(workers.training).toHaveLength(1)
    await client.request('training.stop', { run: run.id })
    await host.service.close()
  })

  it.skipIf(!seesProcesses)('are killed when they hang, and the table is read by the next one', async () => {
    const { host, client, workers } = service()
    const { id } = await host.service.grantFile(join(folder, 'iris.csv'))
    const open = await client.request('dataset.open', { file: id, overrides: {} })
    process.kill(workers.data[0]?.pid ?? 0, 'SIGSTOP')
    await expect(client.request('dataset.rows', { dataset: open.id, offset: 0, limit: 1 })).rejects.toMatchObject({
      code: 'workerFailed',
      message: 'The data worker hung: it gave no sign of life for 5 s.'
    })
    expect((await client.request('dataset.rows', { dataset: open.id, offset: 149, limit: 1 })).rows).toHaveLength(1)
    expect(await workers.data[0]?.exited).toEqual({ reason: 'was stopped' })
    await host.service.close()
  })

  it.each(['is told to', 'is gone'])('give up reading at once when whoever asked %s, and go on', async (how) => {
    const { host, client: other, workers } = service()
    const [ours, theirs] = portPair()
    host.service.connect(theirs)
    const client = createClient(contract, ours, () => undefined)
    const rows = Array.from({ length: 600_000 }, (_, row) => `${row},${row % 7},${row % 11}`)
    writeFileSync(join(folder, 'large.csv'), `a,b,c\n${rows.join('\n')}\n`)
    const { id } = await host.service.grantFile(join(folder, 'large.csv'))
    const { id: iris } = await host.service.grantFile(join(folder, 'iris.csv'))
    const controller = new AbortController()
    const reading = client.request('dataset.open', { file: id, overrides: {} }, { signal: controller.signal })
    const refused = expect(reading).rejects.toMatchObject({ code: how === 'is gone' ? 'disconnected' : 'cancelled' })
    await new Promise((resolve) => client.on('dataset.progress', resolve))
    if (how === 'is gone') client.close()
    else controller.abort()
    await refused
    expect((await other.request('dataset.open', { file: iris, overrides: {} })).table.rows).toBe(150)
    expect(host.logged).toEqual([])
    // The worker stopped by itself: nothing else that was open in it is lost.
    expect(workers.data).toHaveLength(1)
    await host.service.close()
  })

  it.skipIf(!seesProcesses)('make room for others when they do not give up a table that nobody wants', async () => {
    const { host, client, workers } = service()
    const { id } = await host.service.grantFile(join(folder, 'iris.csv'))
    const open = await client.request('dataset.open', { file: id, overrides: {} })
    process.kill(workers.data[0]?.pid ?? 0, 'SIGSTOP')
    const controller = new AbortController()
    const reading = client.request('dataset.open', { file: id, overrides: {} }, { signal: controller.signal })
    setImmediate(() => controller.abort())
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' })
    expect((await client.request('dataset.rows', { dataset: open.id, offset: 149, limit: 1 })).rows).toHaveLength(1)
    expect(workers.data).toHaveLength(2)
    expect(await workers.data[0]?.exited).toEqual({ reason: 'was stopped' })
    expect(host.logged).toEqual([])
    await host.service.close()
  })

  it('carry typed arrays, and answer in the words of their contract', async () => {
    const worker = startNodeWorker('training', builtWorkers())
    const client = createClient(trainingWorkerContract, worker.port, () => undefined)
    const network = {
      inputs: 2,
      outputs: 1,
      loss: 'meanSquaredError' as const,
      operations: [{ type: 'dense' as const, id: 'd', input: 0, inputs: 2, units: 1, initializer: 'zeros' as const }]
    }
    const { outputs } = await client.request('predict', {
      network,
      weights: [new Float32Array([1, 10, 0.5])],
      features: new Float32Array([1, 2, 3, 4]),
      count: 2
    })
    expect(outputs).toEqual(new Float32Array([21.5, 43.5]))
    await expect(client.request('resume', {})).rejects.toMatchObject({ code: 'notFound' })
    worker.kill()
    expect(await worker.exited).toEqual({ reason: 'was stopped' })
  })

  it('that cannot even start say why', async () => {
    writeFileSync(join(folder, 'broken.mjs'), 'throw new Error("no such library")\n')
    const entries = { data: join(folder, 'broken.mjs'), training: join(folder, 'missing.mjs') }
    expect((await startNodeWorker('data', entries).exited).reason).toBe(
      'ended with exit code 1 (Error: no such library)'
    )
    expect((await startNodeWorker('training', entries).exited).reason).toContain('Cannot find module')
  })
})

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The built command line in a process group of its own, as a terminal starts it. */
function lamina(args: readonly string[]): { child: ChildProcess; ended: Promise<Ran>; stderr: () => string } {
  const env = { ...process.env, LAMINA_CACHE_FOLDER: join(root, 'cache'), LAMINA_DATA_FOLDER: join(root, 'data') }
  const child = spawn(process.execPath, [builtCli, ...args], {
    cwd: folder,
    detached: true,
    env,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ran>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
  return { child, ended, stderr: () => stderr }
}

describe('the command line as a process', () => {
  it('goes the whole way', async () => {
    expect(await lamina(['new', 'iris.csv', '--target', 'species']).ended).toMatchObject({ code: 0, stderr: '' })
    const trained = await lamina(['train', 'iris.lamina', '--epochs', '30', '--weights', 'w.json', '--json']).ended
    expect(trained.code).toBe(0)
    expect(JSON.parse(trained.stdout)).toMatchObject({ state: 'finished', epochs: 30 })
    const evaluated = await lamina(['evaluate', 'w.json', 'iris.csv', '--json']).ended
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ rows: 150 })
    const predicted = await lamina(['predict', 'w.json', 'iris.csv']).ended
    expect(predicted.stdout.split('\n')).toHaveLength(152)
  })

  it('measures speed as one JSON document', async () => {
    const { code, stdout } = await lamina(['bench', '--case', 'S', '--json']).ended
    expect(code).toBe(0)
    const { cases: measured } = JSON.parse(stdout) as {
      cases: { name: string; stepsPerSecond: number; microsecondsPerStep: number }[]
    }
    expect(measured.map(({ name }) => name)).toEqual(['S'])
    const [only] = measured
    expect((only?.stepsPerSecond ?? 0) * (only?.microsecondsPerStep ?? 0)).toBeCloseTo(1e6, 0)
  })

  it('has exit codes for scripts', async () => {
    expect(await lamina(['inspect', 'none.csv']).ended).toMatchObject({ code: 1, stdout: '' })
    expect(await lamina(['inspect']).ended).toMatchObject({ code: 2, stdout: '' })
  })

  it.skipIf(!seesProcesses)(
    'stops training on Ctrl+C in its terminal, writes whole files and leaves no process',
    async () => {
      await lamina(['new', 'iris.csv', '--target', 'species']).ended
      const { child, ended, stderr } = lamina([
        'train',
        'iris.lamina',
        '--epochs',
        '500000',
        '--weights',
        'w.json',
        '--metrics',
        'm.jsonl'
      ])
      const pid = child.pid ?? 0
      // Metrics are written as they come, under another name until they are whole.
      await eventually(() => temporarySize(folder) > 0, 'training writes metrics')
      const workers = childrenOf(pid)
      expect(workers).toHaveLength(2)
      process.kill(-pid, 'SIGINT')
      const ran = await ended
      expect(ran.code).toBe(1)
      expect(stderr()).toMatch(
        /Training was stopped after \d+ of 500000 epochs\. w\.json holds the weights of that moment\./
      )
      const { epochs } = parseWeights(readFileSync(join(folder, 'w.json'), 'utf8'), 'w.json').training
      expect(readFileSync(join(folder, 'm.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(epochs)
      await eventually(() => !workers.some(isRunning), 'the workers end')
      expect(readdirSync(folder).sort()).toEqual(['iris.csv', 'iris.lamina', 'm.jsonl', 'w.json'])
    }
  )

  it.skipIf(!seesProcesses)('takes its workers with it when it is killed', async () => {
    await lamina(['new', 'iris.csv', '--target', 'species']).ended
    const { child, ended } = lamina(['train', 'iris.lamina', '--epochs', '10000000'])
    const pid = child.pid ?? 0
    await eventually(() => childrenOf(pid).length === 2, 'both workers start')
    const workers = childrenOf(pid)
    process.kill(pid, 'SIGKILL')
    await ended
    await eventually(() => !workers.some(isRunning), 'the workers end')
  })

  it.skipIf(!seesProcesses).each(['lost in a loop', 'stopped'])(
    'takes with it even a worker that is %s',
    async (how) => {
      const [parent, deaf, sign] = ['parent.mjs', 'deaf.mjs', 'is-deaf'].map((name) => join(folder, name))
      const code = (...lines: string[]): string => lines.map((line) => `${line}\n`).join('')
      const quoted = JSON.stringify
      writeFileSync(parent ?? '', code("import { fork } from 'node:child_process'", `fork(${quoted(deaf)})`))
      writeFileSync(
        deaf ?? '',
        code(
          "import { writeFileSync } from 'node:fs'",
          `import ${quoted(pathToFileURL(builtWorkers().data).href)}`,
          `writeFileSync(${quoted(sign)}, '')`,
          how === 'stopped' ? "process.kill(process.pid, 'SIGSTOP')" : 'for (;;);'
        )
      )
      const { pid = 0 } = spawn(process.execPath, [parent ?? ''], { stdio: 'ignore' })
      await eventually(() => existsSync(sign ?? ''), 'the worker is ready')
      const workers = childrenOf(pid)
      expect(workers).toHaveLength(1)
      if (how === 'stopped') await eventually(() => workers.every(isStopped), 'the worker is stopped')
      process.kill(pid, 'SIGKILL')
      await eventually(() => !workers.some(isRunning), 'the worker ends')
    }
  )

  it('ends quietly when its reader has seen enough', async () => {
    const { child, ended } = lamina(['inspect', 'iris.csv'])
    child.stdout?.destroy()
    expect(await ended).toMatchObject({ code: 0, stderr: '' })
  })
})

/** Bytes in temporary files of a folder. */
function temporarySize(path: string): number {
  return readdirSync(path)
    .filter((name) => name.endsWith('.tmp'))
    .reduce((sum, name) => sum + readFileSync(join(path, name)).length, 0)
}
