import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { contract, type Capabilities, type LaminaContract } from '../../../src/shared/contract'
import { formatDesign } from '../../../src/shared/design/document'
import type { Design } from '../../../src/shared/design/schema'
import { portPair } from '../../../src/shared/port'
import { createClient, type Client } from '../../../src/shared/rpc'
import { locate, staysBeside, storedPath } from '../../../src/service/documents/table-beside'
import { fileNameFor } from '../../../src/service/files/file-names'
import { shortened } from '../../../src/service/files/grants'
import { LocalWorkers } from '../../support/local-workers'
import { createTestService, resources, type TestService } from '../../support/test-service'
import { temporaryFolder } from '../../support/temporary-folder'

const root = temporaryFolder()
const browser: Partial<Capabilities> = { nativeDialogs: false, nativeMenu: false, droppedPaths: false }
const iris = join(resources, 'examples', 'iris.csv')
let cases = 0
let running: TestService | null = null

function start(capabilities: Partial<Capabilities> = {}): {
  host: TestService
  client: Client<LaminaContract>
  folder: string
} {
  const folder = join(root, String(cases++))
  mkdirSync(folder)
  const host = createTestService(folder, new LocalWorkers().start, capabilities)
  running = host
  const [ours, theirs] = portPair()
  host.service.connect(theirs)
  return { host, client: createClient(contract, ours, () => undefined), folder }
}
afterEach(async () => {
  await running?.service.close()
})

async function exampleDesign(client: Client<LaminaContract>, path = 'iris.csv'): Promise<Design> {
  const { design } = await client.request('design.openExample', { example: 'iris' })
  if (design.dataset === null) throw new Error('The example has no table.')
  return { ...design, dataset: { ...design.dataset, path } }
}

describe('a design and its table', () => {
  it('takes an example’s table along, never over another file', async () => {
    const { host, client, folder } = start()
    const { design, dataset } = await client.request('design.openExample', { example: 'iris' })
    if (dataset === null) throw new Error('The example has no table.')
    writeFileSync(join(folder, 'iris.csv'), 'my,own\n1,2\n')
    host.answers.save = join(folder, 'iris.lamina')
    const saved = await client.request('design.save', { design, file: null, dataset: dataset.id })
    expect(saved?.design.dataset?.path).toBe('iris-2.csv')
    expect(readFileSync(join(folder, 'iris-2.csv'))).toEqual(readFileSync(iris))
    expect(readFileSync(join(folder, 'iris.csv'), 'utf8')).toBe('my,own\n1,2\n')
    await client.request('design.save', { design, file: saved?.saved.file.id ?? '', dataset: dataset.id })
    expect(
      readdirSync(folder)
        .filter((name) => name.endsWith('.csv'))
        .sort()
    ).toEqual(['iris-2.csv', 'iris.csv'])
  })

  it('is found through folders above its own, because the person opened the design', async () => {
    const { host, client, folder } = start()
    mkdirSync(join(folder, 'designs'))
    mkdirSync(join(folder, 'tables'))
    copyFileSync(iris, join(folder, 'tables', 'iris.csv'))
    const path = join(folder, 'designs', 'a.lamina')
    writeFileSync(path, formatDesign(await exampleDesign(client, '../tables/iris.csv')))
    const file = await host.service.grantFile(path)
    const opened = await client.request('design.open', { file: file.id })
    expect(opened).toMatchObject({
      problem: null,
      dataset: { name: 'iris.csv', location: shortened(join(folder, 'tables')) }
    })
  })

  it('keeps the path of a table that is missing, also from another place', async () => {
    const { host, client, folder } = start()
    mkdirSync(join(folder, 'designs'))
    mkdirSync(join(folder, 'elsewhere'))
    const path = join(folder, 'designs', 'a.lamina')
    const text = formatDesign(await exampleDesign(client, '../tables/gone.csv'))
    writeFileSync(path, text)
    const file = await host.service.grantFile(path)
    const { design, problem } = await client.request('design.open', { file: file.id })
    expect(problem).toContain('gone.csv')
    await client.request('design.save', { design, file: file.id, dataset: null })
    expect(readFileSync(path, 'utf8')).toBe(text)
    host.answers.save = join(folder, 'elsewhere', 'b.lamina')
    const saved = await client.request('design.save', { design, file: null, dataset: null })
    expect(saved?.design.dataset?.path).toBe('../tables/gone.csv')
    host.answers.save = join(folder, 'c.lamina')
    const up = await client.request('design.save', { design, file: null, dataset: null })
    expect(up?.design.dataset?.path).toBe('tables/gone.csv')
  })

  it.each(['/etc/passwd', '../../../etc/passwd', '../secret.csv', 'beside.csv', 'comes-later.csv'])(
    'is never a client’s own invention (%s)',
    async (path) => {
      const { host, client, folder } = start()
      writeFileSync(join(folder, 'beside.csv'), 'a,b\n1,2\n')
      host.answers.save = join(folder, 'trap.lamina')
      const design = await exampleDesign(client, path)
      await expect(client.request('design.save', { design, file: null, dataset: null })).rejects.toMatchObject({
        code: 'permissionDenied'
      })
      expect(existsSync(host.answers.save)).toBe(false)
    }
  )

  it('keeps the path of a missing table when the service is a new one, because the file says it', async () => {
    const { host, client, folder } = start()
    const path = join(folder, 'a.lamina')
    const design = await exampleDesign(client, 'gone.csv')
    writeFileSync(path, formatDesign(design))
    const file = await host.service.grantFile(path)
    const renamed = { ...design, name: 'Renamed' }
    await client.request('design.save', { design: renamed, file: file.id, dataset: null })
    expect(readFileSync(path, 'utf8')).toBe(formatDesign(renamed))
  })

  it('does not lead out of an upload', async () => {
    const { host, client, folder } = start(browser)
    const upload = join(host.folders.data, 'uploads', 'x')
    mkdirSync(upload, { recursive: true })
    writeFileSync(join(folder, 'secret.csv'), 'a,b\n1,2\n')
    const path = join(upload, 'trap.lamina')
    writeFileSync(path, formatDesign(await exampleDesign(client, '../../../../secret.csv')))
    const file = await host.service.grantFile(path)
    const opened = await client.request('design.open', { file: file.id })
    expect(opened.dataset).toBeNull()
    expect(opened.problem).toContain('was not sent along')
  })

  it('of an upload is what lies beside it, else the latest upload or the example of that name', async () => {
    const { host, client } = start(browser)
    const uploads = join(host.folders.data, 'uploads')
    for (const name of ['1', '2']) mkdirSync(join(uploads, name), { recursive: true })
    const design = join(uploads, '1', 'a.lamina')
    writeFileSync(design, formatDesign(await exampleDesign(client, 'mine.csv')))
    const file = await host.service.grantFile(design)
    expect((await client.request('design.open', { file: file.id })).problem).toBe(
      'The table mine.csv is not where this design expects it. Choose where it is now.'
    )
    copyFileSync(iris, join(uploads, '2', 'mine.csv'))
    const table = await host.service.grantFile(join(uploads, '2', 'mine.csv'))
    await client.request('dataset.open', { file: table.id, overrides: {} })
    expect(await client.request('design.open', { file: file.id })).toMatchObject({ problem: null, dataset: table })
    copyFileSync(iris, join(uploads, '1', 'mine.csv'))
    const beside = await client.request('design.open', { file: file.id })
    expect(beside.dataset?.id).not.toBe(table.id)

    writeFileSync(join(uploads, '1', 'b.lamina'), formatDesign(await exampleDesign(client, 'wine.csv')))
    const b = await host.service.grantFile(join(uploads, '1', 'b.lamina'))
    expect(await client.request('design.open', { file: b.id })).toMatchObject({
      problem: null,
      dataset: { name: 'wine.csv' }
    })
  })

  it('is downloaded where there are no dialogs, again and again under the same address', async () => {
    const { host, client } = start(browser)
    const uploads = join(host.folders.data, 'uploads')
    mkdirSync(uploads)
    const upload = join(uploads, 'mine.lamina')
    const text = formatDesign(await exampleDesign(client))
    writeFileSync(upload, text)
    const file = await host.service.grantFile(upload)
    const { design } = await client.request('design.open', { file: file.id })
    host.answers.save = join(host.folders.data, 'download.lamina')
    host.answers.download = '/download/1'
    const saved = await client.request('design.save', {
      design: { ...design, name: 'New' },
      file: file.id,
      dataset: null
    })
    expect(host.asked.at(-1)).toMatchObject({ suggestedName: 'mine.lamina' })
    expect(saved?.saved.download).toBe('/download/1')
    expect(readFileSync(upload, 'utf8')).toBe(text)
    const count = host.asked.length
    const again = await client.request('design.save', { design, file: saved?.saved.file.id ?? '', dataset: null })
    expect(again?.saved).toEqual(saved?.saved)
    expect(host.asked).toHaveLength(count)
    expect((await client.request('app.hello', {})).recent.map(({ name }) => name)).not.toContain('download.lamina')
  })
})

describe('paths of tables', () => {
  it.each([
    ['/a/b/x.lamina', '/a/b/t.csv', 't.csv'],
    ['/a/b/x.lamina', '/a/b/c/t.csv', 'c/t.csv'],
    ['/a/b/x.lamina', '/a/t.csv', '../t.csv']
  ])('%s and %s give %s and back', (design, table, stored) => {
    expect(storedPath(resolve(design), resolve(table))).toBe(stored)
    expect(locate(resolve(design), stored)).toBe(resolve(table))
  })

  it('of Windows are understood elsewhere', () => {
    expect(locate('/a/b/x.lamina', 'c\\t.csv')).toBe(resolve('/a/b/c/t.csv'))
  })

  it.each([
    ['t.csv', true],
    ['c/../t.csv', true],
    ['../t.csv', false],
    ['c/../../t.csv', false],
    ['/a/t.csv', false]
  ])('%s stays beside the design: %s', (stored, expected) => {
    expect(staysBeside('/a/b/x.lamina', stored)).toBe(expected)
  })
})

describe('file names', () => {
  it.each([
    ['Iris', 'Iris.lamina'],
    ['a/b\\c:d', 'a_b_c_d.lamina'],
    ['v1.2', 'v1.2.lamina'],
    ['con', '_con.lamina'],
    ['..', 'untitled.lamina'],
    ['  spaced\u0007 ', 'spaced.lamina'],
    ['Prüfung №1', 'Prüfung №1.lamina']
  ])('of %j are %j', (name, expected) => {
    expect(fileNameFor(name, '.lamina')).toBe(expected)
  })
})
