import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { JournalChange } from '../../../src/shared/contract'
import type { Design } from '../../../src/shared/design/schema'
import { statesOf, type JournalStep } from '../../../src/shared/journal/content'
import { difference } from '../../../src/shared/journal/patch'
import { emptyDesign } from '../../../src/shared/network/propose'
import { FileGrants } from '../../../src/service/files/grants'
import { OpenFiles } from '../../../src/service/files/open-files'
import { Journals } from '../../../src/service/journal/journals'
import { temporaryFolder } from '../../support/temporary-folder'

const root = temporaryFolder()
let cases = 0
/** Services that ended without a word; their files are closed when all is over. */
const started: Journals[] = []
afterAll(() => Promise.all(started.map((journals) => journals.close())))

const named = (name: string): Design => ({ ...emptyDesign(), name })
const names = ['Zero', 'One', 'Two', 'Three']
const steps: JournalStep[] = names.slice(1).map((name, index) => ({
  label: `Call it ${name}`,
  patch: difference({ design: named(names[index] ?? ''), table: null }, { design: named(name), table: null })
}))
const head = (cursor: number, modified = true) => ({
  title: names[cursor] ?? '',
  cursor,
  saved: 0,
  modified,
  file: null,
  tables: []
})
const whole = (count: number, modified = true): JournalChange => ({
  kind: 'whole',
  content: {
    base: { design: { ...named('Zero') }, table: null },
    steps: steps.slice(0, count),
    head: head(count, modified)
  }
})
const delta = (after: number, keep: number, added: JournalStep[], cursor: number): JournalChange => ({
  kind: 'delta',
  after,
  delta: { forget: 0, keep, steps: added, savedUnchanged: false, head: head(cursor) }
})

/** A service’s journals; another one over the same folder is the next start of the program. */
function start(folder = join(root, String(cases++))) {
  const warnings: string[] = []
  const open = new OpenFiles()
  const grants = new FileGrants([])
  const journals = new Journals(folder, grants, open, (text) => warnings.push(text))
  started.push(journals)
  const files = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.journal'))
      .map((entry) => join(entry.parentPath, entry.name))
  return { folder, journals, grants, open, warnings, files }
}
/** The one journal’s file. */
function only({ files }: ReturnType<typeof start>): string {
  const [path, ...others] = files()
  if (path === undefined || others.length > 0) throw new Error(`Expected one journal, found ${files().length}.`)
  return path
}

describe('journals', () => {
  it('bring back a document with its history after a service that ended without a word', async () => {
    const before = start()
    const { journal, sequence } = await before.journals.write('window', null, whole(1))
    expect(sequence).toBe(1)
    expect(await before.journals.write('window', journal, delta(1, 1, steps.slice(1), 3))).toEqual({
      journal,
      sequence: 2
    })
    await before.journals.write('window', journal, delta(2, 3, [], 2))

    const { journals } = start(before.folder)
    expect(await journals.list()).toMatchObject([
      { journal, title: 'Two', location: '', closed: false, problem: null, restorable: true }
    ])
    const { content, ...restored } = await journals.take('next', journal)
    expect(restored).toMatchObject({ journal, file: null, tables: [], problem: null })
    expect(content.head).toMatchObject({ cursor: 2, saved: 0, modified: true })
    expect(content.steps.map(({ label }) => label)).toEqual(['Call it One', 'Call it Two', 'Call it Three'])
    expect(statesOf(content.base, content.steps).map(({ design }) => design)).toEqual(names.map(named))
    // It is that window's now, and goes on from there.
    expect(await journals.list()).toEqual([])
    await expect(journals.take('third', journal)).rejects.toMatchObject({ code: 'notFound' })
    await expect(journals.discard(journal)).rejects.toMatchObject({ code: 'notFound' })
    expect(await journals.write('next', journal, delta(0, 2, [], 2))).toEqual({ journal, sequence: 1 })
  })

  it('are kept apart for several windows, the latest first, until they are discarded', async () => {
    const before = start()
    const first = await before.journals.write('a', null, whole(1))
    const second = await before.journals.write('b', null, whole(2))
    expect(second.journal).not.toBe(first.journal)
    const { journals, files } = start(before.folder)
    expect((await journals.list()).map(({ title }) => title)).toEqual(['Two', 'One'])
    await journals.discard(second.journal)
    expect((await journals.list()).map(({ title }) => title)).toEqual(['One'])
    expect(files()).toHaveLength(1)
  })

  it('that cannot be written say where and why, and are written again once they can be', async () => {
    const { folder, journals } = start()
    writeFileSync(folder, 'in the way')
    await expect(journals.write('window', null, whole(1))).rejects.toMatchObject({
      code: 'writeFailed',
      message: `Backups cannot be written to ${folder}: a part of its path is not a folder. Put a folder in this place again.`
    })
    rmSync(folder)
    expect(await journals.write('window', null, whole(1))).toMatchObject({ sequence: 1 })
  })

  it('let a page that outlived its service go on with its files, and notice who wrote them meanwhile', async () => {
    const path = join(root, 'outlived.lamina')
    const table = join(root, 'outlived.csv')
    const withFiles = (file: string, data: string, modified: boolean): JournalChange => ({
      kind: 'whole',
      content: {
        base: { design: { ...named('Zero') }, table: 1 },
        steps: [],
        head: { ...head(0, modified), file, tables: [{ key: 1, file: data, overrides: {} }] }
      }
    })
    for (const modified of [true, false]) {
      const before = start()
      const file = before.grants.grant(path, 'design').id
      const data = before.grants.grant(table, 'dataset').id
      before.open.note('window', path, 'a'.repeat(64))
      const { journal } = await before.journals.write('window', null, withFiles(file, data, modified))
      await before.journals.close()

      const { journals, grants, open } = start(before.folder)
      await journals.tidy()
      expect([grants.require(file), grants.requireTarget(data, 'dataset')]).toMatchObject([{ path }, { path: table }])
      await journals.write('window again', journal, withFiles(file, data, true))
      expect(open.known('window again', path)).toBe('a'.repeat(64))
      // A name that no service gave is nobody's.
      expect(() => grants.require('made-up')).toThrow(/not opened by you/)
    }
  })

  it('say when a window was closed in good order, and keep nothing that was saved', async () => {
    const service = start()
    const { journals, files } = service
    await journals.write('closed', null, whole(1))
    await journals.leave('closed')
    await journals.disconnected('closed')
    expect(await journals.list()).toMatchObject([{ closed: true }])
    const saved = await journals.write('saved', null, whole(2, false))
    await journals.disconnected('saved')
    expect(await journals.list()).toHaveLength(1)
    // The page may only be loaded again.
    expect((await journals.take('saved again', saved.journal)).content.head.modified).toBe(false)
    await journals.write('given up', null, whole(3))
    await journals.forget('given up')
    // The page that goes may say one more thing about it.
    expect((await journals.write('given up', null, whole(3))).sequence).toBeNull()
    expect(files()).toHaveLength(2)
    await journals.close()
    expect(readdirSync(service.folder, { recursive: true })).toHaveLength(2)
  })

  it('leave nothing behind when there is nothing unsaved', async () => {
    const { folder, journals } = start()
    await journals.write('window', null, whole(1, false))
    await journals.close()
    expect(readdirSync(folder)).toEqual([])
  })

  it('refuse a delta of something else, and take the whole then', async () => {
    const { journals } = start()
    const { journal } = await journals.write('window', null, whole(1))
    expect(await journals.write('window', journal, delta(7, 1, [], 1))).toEqual({ journal, sequence: null })
    expect(await journals.write('other', journal, delta(1, 1, [], 1))).toMatchObject({ sequence: null })
    await expect(journals.write('window', journal, delta(1, 5, [], 1))).rejects.toMatchObject({
      code: 'invalidArgument'
    })
    expect((await journals.write('window', journal, whole(2))).sequence).toBe(2)
  })

  it('believe every whole record of a file that was cut off anywhere', async () => {
    const before = start()
    const { journal } = await before.journals.write('window', null, whole(0))
    const ends = [statSync(only(before)).size]
    for (const [index, step] of steps.entries()) {
      await before.journals.write('window', journal, delta(index + 1, index, [step], index + 1))
      ends.push(statSync(only(before)).size)
    }
    const path = only(before)
    const bytes = readFileSync(path)
    for (let length = 0; length <= bytes.length; length += length < (ends[0] ?? 0) - 2 ? 97 : 1) {
      writeFileSync(path, bytes.subarray(0, length))
      const [work] = await start(before.folder).journals.list()
      const intact = ends.filter((end) => end <= length).length
      if (intact === 0)
        expect(work).toMatchObject({ restorable: false, problem: expect.stringContaining('damaged') as string })
      // The first record alone says that nothing was done yet; it is modified all the same.
      else expect(work).toMatchObject({ restorable: true, problem: null, title: names[intact - 1] })
    }
  })

  it('say so when records in the middle are damaged, and give what came before', async () => {
    const before = start()
    const { journal } = await before.journals.write('window', null, whole(1))
    await before.journals.write('window', journal, delta(1, 1, steps.slice(1, 2), 2))
    await before.journals.write('window', journal, delta(2, 2, steps.slice(2), 3))
    const path = only(before)
    const lines = readFileSync(path, 'utf8').split('\n')
    writeFileSync(path, [lines[0], lines[1]?.replace('Two', 'Twо'), ...lines.slice(2)].join('\n'))
    const { journals } = start(before.folder)
    expect(await journals.list()).toMatchObject([{ title: 'One', restorable: true }])
    const restored = await journals.take('next', journal)
    expect(restored.problem).toBe('A part of its backup was damaged: the last changes may be missing.')
    expect(restored.content).toMatchObject({ steps: [{ label: 'Call it One' }], head: { cursor: 1 } })
  })

  it('keep the history around a design that this Lamina does not understand', async () => {
    const before = start()
    const bad = { label: 'Break it', patch: [{ kind: 'set' as const, path: ['design', 'name'], value: 7 }] }
    const mended = { label: 'Mend it', patch: [{ kind: 'set' as const, path: ['design', 'name'], value: 'Mended' }] }
    const [first, second] = steps
    if (first === undefined || second === undefined) throw new Error('There are steps.')
    const { journal } = await before.journals.write('window', null, {
      kind: 'whole',
      content: {
        base: { design: { ...named('Zero') }, table: null },
        steps: [first, bad, mended, second],
        head: { ...head(1), cursor: 4 }
      }
    })
    const restored = await start(before.folder).journals.take('next', journal)
    expect(restored.problem).toBe('3 of 4 steps of its undo history could not be brought back.')
    expect(restored.content.steps.map(({ label }) => label)).toEqual(['Call it Two'])
    expect(restored.content.head).toMatchObject({ cursor: 1, saved: { design: named('Zero') } })
  })

  it('are written anew when their file went or was replaced, and are not offered while another service runs', async () => {
    const service = start()
    const { journal } = await service.journals.write('window', null, whole(1))
    const path = only(service)
    rmSync(path)
    await service.journals.write('window', journal, delta(1, 1, steps.slice(1, 2), 2))
    rmSync(path)
    writeFileSync(path, 'something else')
    await service.journals.write('window', journal, delta(2, 2, steps.slice(2), 3))
    // A torn tail, as a full disk leaves it.
    appendFileSync(path, '0000')
    await service.journals.write('window', journal, delta(3, 3, [], 3))
    expect((await start(service.folder).journals.list()).map(({ title }) => title)).toEqual(['Three'])

    const other = join(service.folder, 'of-another-process')
    mkdirSync(other)
    // The parent of the tests' process runs for as long as they do.
    writeFileSync(join(other, 'alive'), String(process.ppid))
    writeFileSync(join(other, `${journal}.journal`), readFileSync(path))
    const next = start(service.folder)
    expect(await next.journals.list()).toHaveLength(1)
    await next.journals.tidy()
    expect(existsSync(join(other, `${journal}.journal`))).toBe(true)
    writeFileSync(join(other, 'alive'), '1073741824')
    expect(await next.journals.list()).toHaveLength(2)
  })

  it('do not grow for ever', async () => {
    const service = start()
    let { journal, sequence } = await service.journals.write('window', null, whole(1))
    const long = 'x'.repeat(200_000)
    for (let edit = 0; edit < 30; edit++) {
      const step = {
        label: 'Rename',
        patch: [{ kind: 'set' as const, path: ['design', 'name'], value: `${edit}${long}` }]
      }
      ;({ journal, sequence } = await service.journals.write('window', journal, delta(sequence ?? 0, 1, [step], 2)))
    }
    expect(statSync(only(service)).size).toBeLessThan(3_000_000)
  })
})
