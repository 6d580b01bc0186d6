import { mkdtempSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, expect } from 'vitest'
import type { DialectOverrides } from '../../../src/shared/table/dialect'
import { datasetSettingsSchema, type DatasetSettings } from '../../../src/shared/design/schema'
import { LaminaError } from '../../../src/shared/errors'
import type { Fold } from '../../../src/shared/prepared'
import { portPair } from '../../../src/shared/port'
import { createClient, type Client, type Result } from '../../../src/shared/rpc'
import type { CategoricalEncoding } from '../../../src/shared/weights/schema'
import { dataWorkerContract, type DataWorkerContract } from '../../../src/shared/workers/data'
import type { OpeningTools } from '../../../src/data/reading/source'
import { serveData } from '../../../src/data/worker'

export type Inspected = Result<DataWorkerContract, 'inspect'>
export type Prepared = Result<DataWorkerContract, 'prepare'>
export type Settings = Partial<Omit<DatasetSettings, 'split'>> & { split?: Partial<DatasetSettings['split']> }

export const examples = resolve(import.meta.dirname, '../../../resources/examples')
export const fixtures = resolve(import.meta.dirname, '../../fixtures')

/** A data worker for the tests of a file, or of one description in it. */
export function dataBench(): DataBench {
  const bench = new DataBench()
  afterAll(() => bench.stop())
  return bench
}

/** A data worker behind a pair of ports, with a folder of its own. */
export class DataBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'lamina-test-'))
  /** Whatever the worker reported as a defect. */
  readonly defects: LaminaError[] = []
  readonly client: Client<DataWorkerContract>
  private readonly closed: Promise<void>

  constructor() {
    const [ours, theirs] = portPair()
    const report = (error: LaminaError): void => void this.defects.push(error)
    this.closed = serveData(theirs, { report, scratchRoot: join(this.folder, 'scratch') })
    this.client = createClient(dataWorkerContract, ours, report)
  }

  async stop(): Promise<void> {
    this.client.close()
    await this.closed
    await rm(this.folder, { recursive: true, force: true })
  }

  get cacheFolder(): string {
    return join(this.folder, 'cache')
  }

  /** Write a file below the bench's folder. */
  async file(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.folder, 'files', name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    return path
  }

  inspect(path: string, overrides: DialectOverrides = {}): Promise<Inspected> {
    return this.client.request('inspect', { path, overrides })
  }

  async inspectText(content: string | Uint8Array, overrides: DialectOverrides = {}): Promise<Inspected> {
    return this.inspect(await this.file('table.csv', content), overrides)
  }

  prepare(
    path: string,
    settings: Settings,
    categoricalEncoding: CategoricalEncoding = 'oneHot',
    overrides: DialectOverrides = {},
    fold?: Fold
  ): Promise<Prepared> {
    return this.client.request('prepare', {
      path,
      overrides,
      settings: datasetSettingsSchema.parse(settings),
      categoricalEncoding,
      cacheFolder: this.cacheFolder,
      fold
    })
  }

  async prepareText(
    content: string,
    settings: Settings,
    categoricalEncoding: CategoricalEncoding = 'oneHot',
    fold?: Fold
  ): Promise<Prepared> {
    return this.prepare(await this.file('table.csv', content), settings, categoricalEncoding, {}, fold)
  }

  /** All rows of a table as text. */
  rows(path: string, offset = 0, limit = 100_000): Promise<Result<DataWorkerContract, 'rows'>> {
    return this.client.request('rows', { path, overrides: {}, offset, limit })
  }
}

/** For opening files of text alone. */
export const textTools: OpeningTools = {
  convert: (format) => Promise.reject(new Error(`Nothing converts ${format} here.`)),
  guesser: null,
  check: () => undefined
}

/** The error of a request that must fail. */
export async function failure(request: Promise<unknown>): Promise<LaminaError> {
  const outcome = await request.then(
    (value) => ({ value }),
    (error: unknown) => ({ error })
  )
  if ('value' in outcome) return expect.fail(`expected a failure, got ${JSON.stringify(outcome.value).slice(0, 200)}`)
  expect(outcome.error).toBeInstanceOf(LaminaError)
  return outcome.error as LaminaError
}
