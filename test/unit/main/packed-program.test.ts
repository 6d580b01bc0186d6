import { extractAll, listPackage, statFile } from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contract, type FileRef, type Run } from '../../../src/shared/contract'
import type { Design } from '../../../src/shared/design/schema'
import type { Port } from '../../../src/shared/port'
import { createClient } from '../../../src/shared/rpc'
import type { MetricsFrame } from '../../../src/shared/training-run'
import { packAroundStandIn } from '../../support/pack'
import { temporaryFolder } from '../../support/temporary-folder'

const skipped = process.platform === 'linux' ? null : 'the stand-in for the runtime is made for Linux'
if (skipped !== null) console.warn(`The tests of the packed program are skipped: ${skipped}.`)

const root = temporaryFolder()

describe.skipIf(skipped !== null)('the packed program', () => {
  let packed: string
  let archive: string
  beforeAll(() => {
    packed = packAroundStandIn(root)
    archive = join(packed, 'resources', 'app.asar')
  }, 120_000)

  it('holds what is run and what it loads, and nothing else', () => {
    const rooms = listPackage(archive, { isPack: false })
      .filter((path) => !('files' in statFile(archive, path.slice(1))))
      .map((path) =>
        path
          .slice(1)
          .replace(/-[\w-]{8}\.(js|css|woff2|svg)$/, '-….$1')
          .replace(/^(node_modules\/(@[\w-]+\/)?[\w-]+)\/.*/, '$1')
          .replace(/^(out\/renderer\/assets)\/.*(\.\w+)$/, '$1/…$2')
      )
    const bindings = `node_modules/@duckdb/node-bindings-linux-${process.arch}`
    expect([...new Set(rooms)].filter((path) => !path.startsWith('out/main/chunks/')).sort()).toEqual(
      [
        'build/Release/lamina_engine.node',
        'build/Release/lamina_tables.node',
        'node_modules/@duckdb/node-api',
        'node_modules/@duckdb/node-bindings',
        bindings,
        'node_modules/detect-libc',
        'out/main/data-worker.js',
        'out/main/index.js',
        'out/main/training-worker.js',
        'out/preload/index.cjs',
        'out/renderer/assets/….css',
        'out/renderer/assets/….js',
        'out/renderer/assets/….svg',
        'out/renderer/assets/….woff2',
        'out/renderer/index.html',
        'out/renderer/licences.json',
        'package.json',
        'resources/icons/512x512.png'
      ].sort()
    )
  })

  it('has its fuses, examples, schemas and licences', async () => {
    const wire = await getCurrentFuseWire(join(packed, 'lamina'))
    const on = [FuseV1Options.EnableEmbeddedAsarIntegrityValidation, FuseV1Options.OnlyLoadAppFromAsar]
    const fuses = Object.values(FuseV1Options).filter((fuse) => typeof fuse === 'number')
    expect(fuses.filter((fuse) => wire[fuse] === '1'.charCodeAt(0)).sort()).toEqual([...on].sort())
    for (const name of [
      'LICENSE.electron.txt',
      'LICENSES.chromium.html',
      'resources/LICENSE',
      'resources/examples/iris.lamina',
      'resources/schemas/design.schema.json'
    ])
      expect([name, existsSync(join(packed, name))]).toEqual([name, true])
  })

  it('has its native code where the system’s loader finds it, and it loads', () => {
    const unpacked = `${archive}.unpacked`
    const script = `
      const engine = require('./build/Release/lamina_engine.node')
      const tables = require('./build/Release/lamina_tables.node')
      const duckdb = require('./node_modules/@duckdb/node-bindings')
      duckdb.open(':memory:').then((database) => console.log(engine.version, tables.version, typeof database))`
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: unpacked, encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(stdout.trim()).toBe(`${version} ${version} object`)
  })

  describe('started for the first time', () => {
    const told = new EventEmitter()
    const seen = new Map<string, unknown[]>()
    const messages: unknown[] = []
    let listener: ((message: unknown) => void) | null = null
    let program: ChildProcess
    let end: (code: number | null) => void = () => undefined
    const ended = new Promise<number | null>((resolve) => (end = resolve))
    let errors = ''
    const once = async <T>(kind: string): Promise<T> => {
      const [already] = seen.get(kind) ?? []
      return (already ?? (await new Promise((resolve) => told.once(kind, resolve)))) as T
    }
    const send = (kind: string, value?: unknown): void => void program.send({ kind, value })

    beforeAll(() => {
      const app = join(root, 'app')
      extractAll(archive, app)
      const electron = join(app, 'node_modules', 'electron')
      cpSync('test/support/electron-program', electron, { recursive: true })
      writeFileSync(join(electron, 'package.json'), JSON.stringify({ name: 'electron', exports: './electron.mjs' }))
      const work = join(root, 'wo rk')
      mkdirSync(work)
      for (const name of ['iris.lamina', 'iris.csv', 'wine.csv'])
        copyFileSync(join('resources', 'examples', name), join(work, name))
      program = fork(join(app, 'out/main/index.js'), [pathToFileURL(join(work, 'iris.lamina')).href], {
        serialization: 'advanced',
        execArgv: [],
        env: {
          PATH: process.env['PATH'],
          HOME: join(root, 'home'),
          NODE_OPTIONS: '',
          SECRET: 'of the person',
          STAND_IN_APP: app,
          STAND_IN_RESOURCES: join(packed, 'resources'),
          STAND_IN_FOLDER: join(root, 'user')
        },
        stdio: ['ignore', 'ignore', 'pipe', 'ipc']
      })
      program.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text))
      program.on('message', ({ kind, value }: { kind: string; value: unknown }) => {
        if (kind === 'message') {
          if (listener === null) messages.push(value)
          else listener(value)
          return
        }
        if (kind === 'unexpected') console.error(`The program showed a dialog: ${String(value)}`)
        seen.set(kind, [...(seen.get(kind) ?? []), value])
        told.emit(kind, value)
      })
      program.once('exit', end)
    })
    afterAll(() => void program.kill('SIGKILL'))

    const port: Port = {
      post: (message) => send('post', message),
      onMessage(next) {
        listener = next
        for (const message of messages.splice(0)) next(message)
      },
      onClose: (closed) => void ended.then(closed),
      close: () => undefined
    }
    const page = createClient(contract, port, (error) => {
      throw error
    })
    const workers = () => (seen.get('spawned') ?? []) as { name: string; pid: number; environment: string[] }[]
    const frameThat = (fits: (frame: MetricsFrame) => boolean): Promise<MetricsFrame> =>
      new Promise((resolve) => {
        const stop = page.on('training.frame', ({ run, frame }) => {
          void page.request('training.acknowledge', { run, sequence: frame.sequence })
          if (!fits(frame)) return
          stop()
          resolve(frame)
        })
      })
    let trained: { design: Design; dataset: string }
    const train = (epochs: number): Promise<Run> => {
      const { design, dataset } = trained
      return page.request('training.start', {
        design: { ...design, training: { ...design.training, epochs } },
        dataset,
        initialWeights: null,
        paused: true,
        everyEpoch: true,
        seed: null,
        threads: null
      })
    }

    it('shows a window whose page has all it names', async () => {
      const options = await once<{ title: string; icon: string; show: boolean }>('shown')
      expect(options).toMatchObject({ title: 'Lamina', show: false })
      expect(existsSync(options.icon)).toBe(true)
      const answers = await once<[string, number, string][]>('page')
      expect(answers.filter(([, status]) => status !== 200)).toEqual([])
      expect([...new Set(answers.map(([, , type]) => type))].sort()).toEqual([
        'font/woff2',
        'image/svg+xml',
        'text/css; charset=utf-8',
        'text/html; charset=utf-8',
        'text/javascript; charset=utf-8'
      ])
    })

    it('greets the page with the design it was asked to open, reads its table and trains on it', async () => {
      const { launch, engine, version, capabilities, examples } = await page.request('app.hello', {})
      expect(launch).toMatchObject({ purpose: 'design', file: { name: 'iris.lamina' } })
      expect({ engine, version }).toMatchObject({ engine: { name: 'native', fallbackReason: null }, version: '0.1.0' })
      expect(capabilities).toEqual({ nativeDialogs: true, nativeMenu: true, droppedPaths: true })
      expect(examples.map(({ id }) => id)).toContain('iris')

      const { design, dataset } = await page.request('design.open', { file: launch?.file.id ?? '' })
      const table = await page.request('dataset.open', { file: dataset?.id ?? '', overrides: {} })
      trained = { design, dataset: table.id }
      const run = await train(5)
      const finished = frameThat(({ progress }) => progress.state === 'finished')
      await page.request('training.resume', { run: run.id })
      expect((await finished).progress).toMatchObject({ epoch: 5 })
    })

    it('takes a dropped table by its path', async () => {
      const dropped = once<FileRef>('dropped')
      send('drop', join(root, 'wo rk', 'wine.csv'))
      const other = await page.request('dataset.open', { file: (await dropped).id, overrides: {} })
      expect(other.table.rows).toBe(178)
    })

    it('tells that its training worker was killed, goes on with another, and asks before it stops that', async () => {
      const run = await train(1_000_000)
      const running = frameThat(({ progress }) => progress.step > 0)
      await page.request('training.resume', { run: run.id })
      await running
      const told = new Promise<string>((resolve) => page.on('worker.ended', ({ reason }) => resolve(reason)))
      const { pid } = workers().find(({ name }) => name.includes('training')) ?? { pid: 0 }
      process.kill(pid, 'SIGKILL')
      expect(await told).toBe('was killed, by another program or because the computer ran out of memory')
      await frameThat(({ progress }) => progress.state === 'running')
      send('object')
      expect(await once<string>('asked')).toBe('Stop training and close Lamina?')
      await page.request('training.stop', { run: run.id })
      expect(errors.trim()).toMatch(/^lamina warning: The training worker was killed, by another program[^\n]*$/)
      errors = ''
    })

    it('closes with its window and its workers, which knew nothing of the person’s environment', async () => {
      const names = ['Lamina data worker 2', 'Lamina training worker 1', 'Lamina training worker 3']
      expect(
        workers()
          .map(({ name }) => name)
          .sort()
      ).toEqual(names)
      for (const { environment } of workers()) expect(environment.sort()).toEqual(['HOME', 'PATH'])
      send('close')
      expect([await ended, errors, seen.get('unexpected')]).toEqual([0, '', undefined])
      await expect.poll(() => workers().filter(({ pid }) => existsSync(`/proc/${pid}`))).toEqual([])
    })
  })
})
