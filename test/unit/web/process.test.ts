import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { contract, type LaminaContract } from '../../../src/shared/contract'
import { createClient, type Client } from '../../../src/shared/rpc'
import { socketLimits, socketPort } from '../../../src/web/socket-port'

const PATIENCE = { timeout: 20_000, interval: 50 }
let root: string
const started: ChildProcess[] = []
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lamina-web-process-'))
})
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

/** The built browser host as people start it, with folders of its own. */
async function startHost(...args: string[]) {
  const environment = {
    ...process.env,
    LAMINA_DATA_FOLDER: join(root, 'data'),
    LAMINA_CACHE_FOLDER: join(root, 'cache')
  }
  const child = spawn(process.execPath, ['out/main/web.js', '--no-open', ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  started.push(child)
  let output = ''
  let errors = ''
  child.stdout.on('data', (text: Buffer) => (output += String(text)))
  child.stderr.on('data', (text: Buffer) => (errors += String(text)))
  await vi.waitFor(() => expect(output + errors).toContain('\n'), PATIENCE)
  return { child, output: () => output, errors: () => errors, address: /http:\S+/.exec(output)?.[0] ?? '' }
}

async function connect(address: string): Promise<Client<LaminaContract>> {
  const { origin, host } = new URL(address)
  const answer = await fetch(address)
  const cookie = answer.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
  const socket = new WebSocket(`ws://${host}/socket`, { headers: { cookie }, origin })
  await once(socket, 'open')
  return createClient(
    contract,
    socketPort(socket, { mostBuffered: socketLimits.mostBuffered, report: () => undefined }),
    (error) => {
      throw error
    }
  )
}

function childrenOf(parent: number | undefined): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []))
}
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe.skipIf(process.platform === 'win32')('the browser host as a process', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'ends on %s with its workers, its connections and its downloads',
    async (signal) => {
      const { child, address } = await startHost()
      const client = await connect(address)
      const closed = new Promise((resolve) => client.onClose((reason) => resolve(reason.code)))
      // The greeting starts the training worker, opening a table the data worker.
      const { version, examples } = await client.request('app.hello', {})
      expect(version).toMatch(/^\d+\.\d+\.\d+$/)
      const { dataset, design } = await client.request('design.openExample', { example: examples[0]?.id ?? '' })
      await client.request('dataset.open', { file: dataset?.id ?? '', overrides: {} })
      const saved = await client.request('design.save', { design, file: null, dataset: null })
      expect(saved?.saved.download).toMatch(/^\/download\/[\w-]{22}$/)
      const workers = childrenOf(child.pid)
      expect(workers).toHaveLength(2)

      child.kill(signal)
      const [code] = (await once(child, 'exit')) as [number | null]
      expect(code).toBe(0)
      expect(await closed).toBe('disconnected')
      expect(workers.filter(isAlive)).toEqual([])
      expect(await readdir(join(root, 'data', 'downloads'))).toEqual([])
    }
  )

  it('leaves no workers behind even when it is killed', async () => {
    const { child, address } = await startHost()
    const client = await connect(address)
    await client.request('app.hello', {})
    const workers = childrenOf(child.pid)
    expect(workers).toHaveLength(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await vi.waitFor(() => expect(workers.filter(isAlive)).toEqual([]), PATIENCE)
  })

  it('opens the files it is started with', async () => {
    const table = join(root, 'table.csv')
    writeFileSync(table, 'a,b\n1,x\n2,y\n')
    const { address } = await startHost(table)
    const client = await connect(address)
    expect((await client.request('app.hello', {})).launch).toMatchObject({
      purpose: 'dataset',
      file: { name: 'table.csv' }
    })
  })

  it.each([
    [['--port', 'x'], 2, '--port x is not a port: expected a whole number from 0 to 65535.\n'],
    [['/nowhere/table.csv'], 1, /\/nowhere\/table\.csv/]
  ])('refuses %j in words, with exit code %i', async (args, expected, message) => {
    const { child, errors, output } = await startHost(...args)
    const [code] = child.exitCode === null ? ((await once(child, 'exit')) as [number]) : [child.exitCode]
    expect(code).toBe(expected)
    expect(errors()).toMatch(message)
    expect(errors()).not.toContain('    at ')
    expect(output()).toBe('')
  })

  it('says how it is used', async () => {
    const { output } = await startHost('--help')
    expect(output()).toMatch(/^Usage: npm run web -- \[options\] \[file \.\.\.\]\n/)
  })
})
