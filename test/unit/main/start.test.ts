import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { filesFromArguments, filesFromSecondStart } from '../../../src/main/launch-files'
import { createLog } from '../../../src/main/log'

describe('files on the command line', () => {
  it.each([
    [['/opt/Lamina/lamina', 'iris.lamina', '/data/t.csv'], true, ['/home/ada/iris.lamina', '/data/t.csv']],
    [['/opt/Lamina/lamina', '--no-sandbox', '--inspect=0', '-psn_0_1', ''], true, []],
    [['/usr/bin/electron', '.', 'iris.csv'], false, ['/home/ada/iris.csv']],
    [
      ['/opt/Lamina/lamina', pathToFileURL('/data/f\u00fcr Ada/iris 1.lamina').href, 'file://elsewhere/a.csv'],
      true,
      process.platform === 'win32'
        ? ['/data/f\u00fcr Ada/iris 1.lamina', '\\\\elsewhere\\a.csv']
        : ['/data/f\u00fcr Ada/iris 1.lamina', '/home/ada/file:/elsewhere/a.csv']
    ],
    [['/opt/Lamina/lamina'], true, []]
  ])('%j (packaged: %s) are %j', (argv, packaged, expected) => {
    expect(filesFromArguments(argv, packaged, '/home/ada')).toEqual(expected.map((path) => resolve(path)))
  })

  it.each([
    [{ files: ['/a.csv', '/b.lamina'] }, ['/a.csv', '/b.lamina']],
    [{ files: ['/a.csv', 1, null] }, ['/a.csv']],
    [{ files: '/a.csv' }, []],
    [{}, []],
    [null, []],
    [undefined, []],
    ['/a.csv', []]
  ])('of a second start, told as %j, are %j', (data, expected) => {
    expect(filesFromSecondStart(data)).toEqual(expected)
  })
})

describe('the log', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lamina-log-'))
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await rm(folder, { recursive: true, force: true })
  })
  const now = (): Date => new Date('2026-11-22T10:00:00Z')

  it('keeps each message with its time and weight, in a folder it makes', async () => {
    const path = join(folder, 'logs', 'lamina.log')
    const log = createLog(path, now)
    log('warning', 'first')
    log('error', 'second\n  at x')
    expect(await readFile(path, 'utf8')).toBe(
      '2026-11-22T10:00:00.000Z warning first\n2026-11-22T10:00:00.000Z error second\n    at x\n'
    )
  })

  it('starts anew when it is full, keeping its predecessor', async () => {
    const path = join(folder, 'lamina.log')
    await writeFile(path, 'x'.repeat(1024 * 1024 + 1))
    createLog(path, now)('info', 'new')
    expect((await readdir(folder)).sort()).toEqual(['lamina.log', 'lamina.log.old'])
    expect(await readFile(path, 'utf8')).toBe('2026-11-22T10:00:00.000Z info new\n')
  })

  it('that cannot be written says so once and keeps the terminal', async () => {
    const blocked = join(folder, 'file')
    await writeFile(blocked, '')
    const log = createLog(join(blocked, 'lamina.log'), now)
    log('info', 'one')
    log('info', 'two')
    const written = vi.mocked(console.error).mock.calls.map(([text]) => String(text))
    expect(written.filter((text) => text.includes('cannot be written'))).toHaveLength(1)
    expect(written).toEqual(expect.arrayContaining(['lamina info: one', 'lamina info: two']))
  })
})
