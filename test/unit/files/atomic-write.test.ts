import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { checkWritable, createFileAtomically, renameOver, writeFileAtomically } from '../../../src/files/atomic-write'
import { JournalFile } from '../../../src/service/journal/journal-file'
import { UnfinishedWrites } from '../../../src/service/files/unfinished-writes'
import { reasonOf, readError, writeError } from '../../../src/files/system-error'
import { LaminaError } from '../../../src/shared/errors'
import { emptyDesign } from '../../../src/shared/network/propose'
import { temporaryFolder } from '../../support/temporary-folder'

const root = temporaryFolder()
let folder = ''
let count = 0
beforeEach(() => {
  folder = join(root, String(count++))
  mkdirSync(folder)
})

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says it`), { code })
}
async function* lines(texts: readonly string[], failure?: Error): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(text)
  if (failure !== undefined) throw failure
}

describe('writing atomically', () => {
  it('writes text, bytes and text that is made meanwhile', async () => {
    await writeFileAtomically(join(folder, 'text'), 'grün\n')
    await writeFileAtomically(join(folder, 'bytes'), new Uint8Array([1, 2, 255]))
    await writeFileAtomically(join(folder, 'lines'), lines(['a\n', 'b\n']))
    expect(readFileSync(join(folder, 'text'), 'utf8')).toBe('grün\n')
    expect([...readFileSync(join(folder, 'bytes'))]).toEqual([1, 2, 255])
    expect(readFileSync(join(folder, 'lines'), 'utf8')).toBe('a\nb\n')
    expect(readdirSync(folder).sort()).toEqual(['bytes', 'lines', 'text'])
  })

  it.runIf(process.platform !== 'win32')('keeps the mode of the file it replaces', async () => {
    const path = join(folder, 'secret')
    writeFileSync(path, 'old')
    chmodSync(path, 0o640)
    await writeFileAtomically(path, 'new')
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(statSync(path).mode & 0o777).toBe(0o640)
  })

  it('writes to where a link points and leaves the link a link', async () => {
    mkdirSync(join(folder, 'real'))
    writeFileSync(join(folder, 'real', 'file'), 'old')
    symlinkSync(join(folder, 'real', 'file'), join(folder, 'link'))
    await writeFileAtomically(join(folder, 'link'), 'new')
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(folder, 'real', 'file'), 'utf8')).toBe('new')
  })

  it('leaves the old file and nothing else when its content fails half-way', async () => {
    const path = join(folder, 'file')
    writeFileSync(path, 'old')
    const failure = new LaminaError('invalidData', 'row 7 is broken')
    await expect(writeFileAtomically(path, lines(['half of it'], failure))).rejects.toBe(failure)
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['file'])
  })

  it('names the path and the reason when a folder is missing', async () => {
    const path = join(folder, 'nowhere', 'file.json')
    await expect(writeFileAtomically(path, 'x')).rejects.toMatchObject({
      code: 'writeFailed',
      message: `Cannot write ${path}: the folder ${join(folder, 'nowhere')} does not exist. Choose another folder, or make this one again.`
    })
    await expect(checkWritable(path)).rejects.toMatchObject({ code: 'writeFailed' })
  })

  it('refuses a folder, and a folder that is a file', async () => {
    writeFileSync(join(folder, 'file'), 'old')
    await expect(writeFileAtomically(folder, 'x')).rejects.toMatchObject({
      code: 'writeFailed',
      message: `Cannot write ${folder}: it is a folder. Choose another name.`
    })
    const below = join(folder, 'file', 'x.json')
    await expect(writeFileAtomically(below, 'x')).rejects.toMatchObject({ code: 'writeFailed' })
    await expect(checkWritable(below)).rejects.toMatchObject({ code: 'writeFailed' })
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('old')
  })

  it('does not replace a write-protected file', async () => {
    const path = join(folder, 'protected')
    writeFileSync(path, 'old')
    chmodSync(path, 0o444)
    await expect(writeFileAtomically(path, 'x')).rejects.toMatchObject({
      code: 'permissionDenied',
      message: `Cannot write ${path}: the file is write-protected. Choose another place, or change the permissions of this one.`
    })
  })

  it.skipIf(!existsSync('/sys/kernel'))('says so where the system itself refuses a new file', async () => {
    await expect(writeFileAtomically('/sys/kernel/lamina.json', 'x')).rejects.toMatchObject({
      code: 'permissionDenied',
      message: expect.stringContaining('Cannot write /sys/kernel/lamina.json: ') as string
    })
  })

  it.runIf(existsSync('/proc/self'))('finds out beforehand that a folder of the system takes no files', async () => {
    await expect(checkWritable('/proc/w.json')).rejects.toMatchObject({
      message: expect.stringMatching(/^Cannot write \/proc\/w\.json: .*the folder \/proc\. /) as string
    })
  })

  it('accepts a new file and an old one beforehand', async () => {
    writeFileSync(join(folder, 'old'), '')
    await expect(checkWritable(join(folder, 'old'))).resolves.toBeUndefined()
    await expect(checkWritable(join(folder, 'new'))).resolves.toBeUndefined()
    expect(readdirSync(folder)).toEqual(['old'])
  })
})

/** What is seen at each moment when something is flushed to the disk. */
async function atEachFlush(
  kind: 'sync' | 'datasync',
  see: () => unknown,
  work: () => Promise<unknown>
): Promise<unknown[]> {
  const handle = await open(folder, 'r')
  const prototype = Object.getPrototypeOf(handle) as FileHandle
  await handle.close()
  const flush = prototype[kind]
  const seen: unknown[] = []
  const spy = vi.spyOn(prototype, kind).mockImplementation(function (this: FileHandle) {
    seen.push(see())
    return flush.call(this)
  })
  try {
    await work()
  } finally {
    spy.mockRestore()
  }
  return seen
}

describe.skipIf(process.platform === 'win32')('what is written is on the disk', () => {
  it('before it takes the old file’s place, and its place is before the write is over', async () => {
    const path = join(folder, 'design')
    writeFileSync(path, 'old')
    const see = (): string[] => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    expect(
      await atEachFlush(
        'sync',
        () => see().sort(),
        () => writeFileAtomically(path, 'new')
      )
    ).toEqual([['new', 'old'], ['new']])
  })

  it('before a journal says that it has an edit', async () => {
    const path = join(folder, 'design.journal')
    const file = new JournalFile(path)
    const head = { title: 'Net', cursor: 0, saved: null, modified: true, file: null, tables: [], approvals: [] }
    const content = { base: { design: emptyDesign(), table: null }, steps: [], head }
    await file.rewrite(content, 1)
    const step = { label: 'Rename', patch: [{ kind: 'set' as const, path: ['design', 'name'], value: 'renamed' }] }
    const delta = { forget: 0, keep: 0, steps: [step], savedUnchanged: false, head: { ...head, cursor: 1 } }
    const see = (): boolean => readFileSync(path, 'utf8').includes('renamed')
    expect(await atEachFlush('datasync', see, () => file.append(delta, 2))).toEqual([true])
    await file.close()
  })
})

describe('a file that must not be there yet', () => {
  it('is made whole, or not at all where something has its name', async () => {
    const path = join(folder, 'copy.csv')
    expect(await createFileAtomically(path, lines(['a\n', 'b\n']))).toBe(true)
    expect(readFileSync(path, 'utf8')).toBe('a\nb\n')
    expect(await createFileAtomically(path, 'other')).toBe(false)
    expect(readFileSync(path, 'utf8')).toBe('a\nb\n')
    const failure = new Error('half-way')
    await expect(createFileAtomically(join(folder, 'broken'), lines(['a'], failure))).rejects.toBe(failure)
    expect(readdirSync(folder)).toEqual(['copy.csv'])
  })
})

describe('replacing a file on Windows', () => {
  const moves = (failures: number, code: string) => {
    let calls = 0
    const move = (): Promise<void> => (calls++ < failures ? Promise.reject(systemError(code)) : Promise.resolve())
    return { move, calls: () => calls }
  }
  it('waits while another program has the old one open for a moment', async () => {
    const { move, calls } = moves(3, 'EPERM')
    await renameOver('a', 'b', 'win32', move)
    expect(calls()).toBe(4)
  })
  it.each([
    ['win32', 'ENOSPC'],
    ['linux', 'EPERM']
  ] as const)('gives up at once on %s after %s', async (platform, code) => {
    const { move, calls } = moves(1, code)
    await expect(renameOver('a', 'b', platform, move)).rejects.toMatchObject({ code })
    expect(calls()).toBe(1)
  })
})

describe('temporary files of writes that were killed', () => {
  const hidden = '.lamina-0123456789abcdef.tmp'
  const DEAD = 1_073_741_824
  it('are removed at the next start, and nothing else is', async () => {
    const notes = join(folder, 'notes')
    const writes = new UnfinishedWrites(notes)
    const done = await writes.note(join(folder, hidden))
    writeFileSync(join(folder, hidden), 'half')
    writeFileSync(join(folder, 'precious'), 'kept')
    await writes.sweep()
    expect(readdirSync(folder).sort()).toEqual([hidden, 'notes', 'precious'])
    writeFileSync(join(notes, `${DEAD}-trap`), join(folder, 'precious'))
    writeFileSync(join(notes, `${DEAD}-${hidden}`), join(folder, hidden))
    writeFileSync(join(notes, `${process.ppid}-alive`), join(folder, 'precious'))
    await done()
    await writes.sweep()
    expect(readdirSync(folder).sort()).toEqual(['notes', 'precious'])
    expect(readdirSync(notes)).toEqual([`${process.ppid}-alive`])
  })

  it('on a disk that is not there are waited for, but not for ever', async () => {
    const notes = join(folder, 'notes')
    mkdirSync(notes)
    writeFileSync(join(notes, `${DEAD}-x`), join(folder, 'unplugged', hidden))
    const writes = new UnfinishedWrites(notes)
    await writes.sweep()
    expect(readdirSync(notes)).toHaveLength(1)
    await writes.sweep(Date.now() + 31 * 24 * 60 * 60 * 1000)
    expect(readdirSync(notes)).toEqual([])
  })
})

describe('errors of the file system', () => {
  it.each([
    ['ENOSPC', 'writeFailed', 'the disk is full'],
    ['EROFS', 'permissionDenied', 'the disk is read-only'],
    ['EACCES', 'permissionDenied', 'the system does not allow it'],
    ['EIO', 'writeFailed', 'the disk reported an error']
  ])('%s is said in words', (code, expected, reason) => {
    expect(writeError('/a/b', systemError(code))).toMatchObject({
      code: expected,
      message: expect.stringMatching(
        new RegExp(`^Cannot write /a/b: ${reason}\\. Choose |^Cannot write /a/b: ${reason}\\. Free `)
      ) as string
    })
  })

  it('falls back to what the system says', () => {
    expect(reasonOf(systemError('EWEIRD'))).toBe('EWEIRD: as the system says it')
  })

  it.each([
    ['ENOENT', 'notFound'],
    ['EACCES', 'permissionDenied'],
    ['EISDIR', 'invalidArgument']
  ])('reading tells %s apart', (code, expected) => {
    expect(readError('/a/b', systemError(code)).code).toBe(expected)
    expect(readError('/a/b', systemError(code)).message).toContain('/a/b')
  })
})
