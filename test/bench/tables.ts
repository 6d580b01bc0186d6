/**
 * Tables side by side with PapaParse: one of a million rows, and one of a gigabyte under a limit of 512 MB. Run by
 * `npm run bench`, on the data worker as the built program starts it, a new process each time.
 */
import { execFileSync } from 'node:child_process'
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { startNodeWorker } from '../../src/service/workers/node-worker'
import { datasetSettingsSchema } from '../../src/shared/design/schema'
import { createClient, type Client } from '../../src/shared/rpc'
import { dataWorkerContract, type DataWorkerContract } from '../../src/shared/workers/data'
import { builtWorkers } from '../support/processes'
import { ratioOf, spreadOf } from './statistics'
import type { LargeTableFigures, TableFigures } from './table-figures'

const NUMBERS = 20
const ROWS = 1_000_000
const ROUNDS = 3
const LARGE_ROWS = 5_000_000
const LIMIT = 512 * 2 ** 20

/** @param progress hears what is measured next */
export async function measureTables(
  progress: (text: string) => void
): Promise<{ million: TableFigures; large: LargeTableFigures }> {
  const folder = mkdtempSync(join(tmpdir(), 'lamina-bench-'))
  try {
    progress('Writing a table of a million rows')
    const path = join(folder, 'million.csv')
    await writeTable(path, ROWS)
    const million = await measureMillion(path, folder, progress)
    rmSync(path)
    progress('Writing a table of a gigabyte')
    const large = join(folder, 'large.csv')
    await writeTable(large, LARGE_ROWS)
    progress('Reading it with 512 MB of memory')
    return { million, large: await measureLarge(large) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureMillion(path: string, folder: string, progress: (text: string) => void): Promise<TableFigures> {
  const times = { inspect: [], prepare: [], together: [], reopened: [], papaParse: [], papaParseText: [] } as Record<
    keyof TableFigures['milliseconds'],
    number[]
  >
  let peakMemory: number | null = null
  for (let round = 0; round < ROUNDS; round++) {
    progress(`Reading and preparing it, and parsing it with PapaParse, round ${round + 1} of ${ROUNDS}`)
    const cacheFolder = join(folder, `cache-${round}`)
    const prepare = {
      path,
      overrides: {},
      settings: datasetSettingsSchema.parse({ targets: ['label'] }),
      categoricalEncoding: 'oneHot' as const,
      cacheFolder
    }
    await withWorker(async (client, memory) => {
      const inspect = await timed(() => client.request('inspect', { path, overrides: {} }))
      const prepared = await timed(() => client.request('prepare', prepare))
      times.inspect.push(inspect)
      times.prepare.push(prepared)
      times.together.push(inspect + prepared)
      peakMemory = largest(peakMemory, memory())
    })
    await withWorker(async (client) => {
      times.reopened.push(await timed(() => client.request('prepare', prepare)))
    })
    rmSync(cacheFolder, { recursive: true })
    times.papaParse.push(papaParse(path, 'typed'))
    times.papaParseText.push(papaParse(path, 'text'))
  }
  return {
    rows: ROWS,
    columns: NUMBERS + 1,
    bytes: statSync(path).size,
    milliseconds: {
      inspect: spreadOf(times.inspect),
      prepare: spreadOf(times.prepare),
      together: spreadOf(times.together),
      reopened: spreadOf(times.reopened),
      papaParse: spreadOf(times.papaParse),
      papaParseText: spreadOf(times.papaParseText)
    },
    ratio: ratioOf(times.papaParse, times.together),
    textRatio: ratioOf(times.papaParseText, times.together),
    peakMemory
  }
}

async function measureLarge(path: string): Promise<LargeTableFigures> {
  return withWorker(async (client, memory) => {
    let updates = 0
    client.on('progress', () => {
      updates += 1
    })
    await client.request('limitMemory', { bytes: LIMIT })
    const seconds = (await timed(() => client.request('inspect', { path, overrides: {} }))) / 1000
    return {
      bytes: statSync(path).size,
      limit: LIMIT,
      seconds,
      updatesPerSecond: updates / seconds,
      peakMemory: memory()
    }
  })
}

/** @param use gets the most memory the process held so far as well */
async function withWorker<T>(
  use: (client: Client<DataWorkerContract>, memory: () => number | null) => Promise<T>
): Promise<T> {
  const worker = startNodeWorker('data', builtWorkers())
  const client = createClient(dataWorkerContract, worker.port, (error) => console.error(error.message))
  try {
    return await use(client, () => peakMemoryOf(worker.pid))
  } finally {
    worker.kill()
    await worker.exited
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** @returns milliseconds of the parsing alone, without the start of the process */
function papaParse(path: string, types: 'typed' | 'text'): number {
  const program = fileURLToPath(new URL('papaparse.mjs', import.meta.url))
  const told: unknown = JSON.parse(execFileSync(process.execPath, [program, path, types], { encoding: 'utf8' }))
  return z.object({ rows: z.literal(ROWS), milliseconds: z.number() }).parse(told).milliseconds
}

function peakMemoryOf(pid: number | undefined): number | null {
  if (process.platform !== 'linux' || pid === undefined) return null
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) * 1024
}

function largest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b)
}

/** Twenty columns of decimals and one of three classes, the same every time. */
async function writeTable(path: string, rows: number): Promise<void> {
  const file = createWriteStream(path)
  let state = 12_345
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  file.write(`${Array.from({ length: NUMBERS }, (_, index) => `x${index}`).join(',')},label\n`)
  for (let row = 0; row < rows;) {
    const lines: string[] = []
    for (const end = Math.min(rows, row + 5000); row < end; row++) {
      const cells = Array.from({ length: NUMBERS }, () => (next() * 100 - 50).toFixed(6))
      lines.push([...cells, 'abc'[Math.floor(next() * 3)]].join(','))
    }
    if (!file.write(`${lines.join('\n')}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
}
