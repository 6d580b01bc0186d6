import { mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Downloads, attachment } from '../../../src/web/downloads'
import { safeFileName } from '../../../src/service'
import { readableBytes } from '../../../src/web/readable-bytes'
import { Uploads } from '../../../src/web/uploads'
import { UPLOAD_LIMIT, startServer, type RunningServer } from './running-server'

let server: RunningServer
beforeEach(async () => {
  server = await startServer()
})
afterEach(() => server.dispose())

/** @returns the path the upload was stored under */
async function upload(name: string, body: string): Promise<string> {
  const answer = await server.ask(`/upload?name=${encodeURIComponent(name)}`, { method: 'POST', body })
  expect(answer.status).toBe(200)
  return server.granted.at(-1)?.path ?? ''
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

describe('an upload', () => {
  it('is stored, granted and answered with its reference', async () => {
    const answer = await server.ask('/upload?name=M%C3%BCller%20data.csv', { method: 'POST', body: 'a,b\n1,2\n' })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.body)).toEqual({ id: 'grant-1', name: 'Müller data.csv', location: '' })
    const [granted] = server.granted
    expect(granted?.purpose).toBeUndefined()
    expect(await readFile(granted?.path ?? '', 'utf8')).toBe('a,b\n1,2\n')
  })

  it('may say what it is for where its name does not', async () => {
    await server.ask('/upload?name=iris.json&purpose=design', { method: 'POST', body: '{}' })
    expect(server.granted.map(({ purpose }) => purpose)).toEqual(['design'])
  })

  it('may be as large as the limit and no larger, whether announced or not', async () => {
    const exact = await server.ask('/upload?name=a.csv', { method: 'POST', body: 'x'.repeat(UPLOAD_LIMIT) })
    expect(exact.status).toBe(200)
    const length = String(UPLOAD_LIMIT + 1)
    const announced = await server.ask('/upload?name=b.csv', {
      method: 'POST',
      body: 'x'.repeat(UPLOAD_LIMIT + 1),
      headers: { 'content-length': length }
    })
    // Without a length Node sends chunks, and the limit is met while reading.
    const chunked = await server.ask('/upload?name=b.csv', { method: 'POST', body: 'x'.repeat(UPLOAD_LIMIT + 1) })
    for (const answer of [announced, chunked]) {
      expect(answer.status).toBe(413)
      expect(JSON.parse(answer.body)).toEqual({
        code: 'invalidArgument',
        message:
          'b.csv is larger than this host accepts (1000 B). Start Lamina with the file’s path, or with a larger --max-upload.',
        details: { file: 'b.csv', mostBytes: UPLOAD_LIMIT }
      })
    }
    expect((await filesBelow(join(server.root, 'uploads'))).map((path) => basename(path))).toEqual(['a.csv'])
  })

  it('must have a name and a purpose that exists', async () => {
    for (const query of ['', '?name=', '?name=a.csv&purpose=virus']) {
      const answer = await server.ask(`/upload${query}`, { method: 'POST', body: 'x' })
      expect(answer.status).toBe(400)
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalidArgument' })
    }
    expect(server.granted).toEqual([])
  })

  it('must be a POST', async () => {
    const answer = await server.ask('/upload?name=a.csv')
    expect(answer.status).toBe(405)
    expect(answer.headers['allow']).toBe('POST')
  })

  it('leaves nothing behind when the sender gives up', async () => {
    const uploads = new Uploads({ folder: join(server.root, 'more'), mostBytes: 100 })
    const body = new Readable({ read: () => undefined })
    body.push('half of ')
    const stored = uploads.store('a.csv', body)
    body.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
    await expect(stored).rejects.toMatchObject({
      code: 'cancelled',
      message: 'Sending a.csv broke off; nothing was kept.'
    })
    expect(await filesBelow(join(server.root, 'more'))).toEqual([])
  })

  it('cannot leave its folder by its name', async () => {
    const path = await upload('../../../etc/passwd', 'x')
    expect(basename(path)).toBe('_.._.._etc_passwd')
    expect(path.startsWith(join(server.root, 'uploads'))).toBe(true)
  })
})

describe('where uploads are kept', () => {
  it('a design and its table lie side by side, whichever comes first', async () => {
    const design = await upload('a.lamina', '{}')
    const table = await upload('a.csv', '1')
    expect(dirname(table)).toBe(dirname(design))
  })

  it('the same file again is the same file', async () => {
    expect(await upload('a.csv', '1')).toBe(await upload('a.csv', '1'))
    expect(await filesBelow(join(server.root, 'uploads'))).toHaveLength(1)
  })

  it('other content under the same name replaces nothing', async () => {
    const first = await upload('a.csv', 'first')
    const second = await upload('a.csv', 'second')
    expect(dirname(second)).not.toBe(dirname(first))
    expect(await readFile(first, 'utf8')).toBe('first')
    expect(await readFile(second, 'utf8')).toBe('second')
  })

  it('a second design does not pick up the first one’s table', async () => {
    const table = await upload('data.csv', 'of a')
    await upload('a.lamina', '{"a":1}')
    const design = await upload('b.lamina', '{"b":1}')
    const own = await upload('data.csv', 'of b')
    expect(dirname(design)).not.toBe(dirname(table))
    expect(dirname(own)).toBe(dirname(design))
  })

  it('an upload that was saved over since is not taken for the file sent again', async () => {
    const design = await upload('a.lamina', 'as sent')
    await writeFile(design, 'edited and saved')
    await utimes(design, 1, 1)
    const again = await upload('a.lamina', 'as sent')
    expect(await readFile(design, 'utf8')).toBe('edited and saved')
    expect(await readFile(again, 'utf8')).toBe('as sent')
  })

  it('stay apart when they arrive at the same time', async () => {
    const answers = await Promise.all(
      ['1', '2', '3'].map((body) => server.ask('/upload?name=a.csv', { method: 'POST', body }))
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    const contents = await Promise.all(server.granted.map(({ path }) => readFile(path, 'utf8')))
    expect(contents.sort()).toEqual(['1', '2', '3'])
  })

  it('go after a month without use, and not before', async () => {
    const folder = join(server.root, 'uploads')
    const [october, november] = [new Date('2026-10-01T00:00:00Z'), new Date('2026-11-01T00:00:00Z')]
    /** A file of an earlier run, with the times it was last read and written. */
    const leave = async (run: string, read: Date, written: Date): Promise<void> => {
      await mkdir(join(folder, run, '1'), { recursive: true })
      await writeFile(join(folder, run, '1', 'a.csv'), 'x')
      await utimes(join(folder, run, '1', 'a.csv'), read, written)
      await utimes(join(folder, run), october, october)
    }
    await leave('unused', october, october)
    await leave('written', october, november)
    await leave('read', november, october)
    await mkdir(join(folder, 'just begun'))
    await new Uploads({ folder, mostBytes: 1 }).removeStale(Date.parse('2026-11-22T00:00:00Z'))
    expect((await readdir(folder)).sort()).toEqual(['just begun', 'read', 'written'])
  })
})

describe('a download', () => {
  it('is the saved file under its own name, for the session only', async () => {
    const target = await server.downloads.reserve('Gewächshaus "2".lamina')
    await writeFile(target.path, '{"format":"lamina-design"}')
    const answer = await server.ask(target.download ?? '')
    expect(answer).toMatchObject({ status: 200, body: '{"format":"lamina-design"}' })
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="Gew_chshaus _2_.lamina"; filename*=UTF-8''Gew%C3%A4chshaus%20_2_.lamina`,
      'cache-control': 'no-store'
    })
    expect((await server.askRaw(target.download ?? '')).status).toBe(401)
  })

  it.each(['/download/', '/download/unknown', '/download/../index.html', '/download/%2e%2e'])(
    '%s is not there',
    async (path) => {
      const answer = await server.ask(path)
      expect(answer.status).toBe(404)
      expect(answer.body).toContain('This download is not there any more.')
      expect(answer.headers['content-disposition']).toBeUndefined()
    }
  )

  it('that was reserved but never written is not there', async () => {
    const target = await server.downloads.reserve('a.lamina')
    expect((await server.ask(target.download ?? '')).status).toBe(404)
  })

  it('ends with the program', async () => {
    const downloads = new Downloads(join(server.root, 'downloads'))
    const target = await downloads.reserve('a.lamina')
    await writeFile(target.path, 'x')
    await downloads.close()
    expect(existsSync(target.path)).toBe(false)
    expect(downloads.find((target.download ?? '').slice('/download/'.length))).toBeNull()
  })

  it('that a crash left behind goes after a day', async () => {
    const folder = join(server.root, 'downloads')
    await mkdir(join(folder, 'crashed'), { recursive: true })
    const { mtimeMs } = await stat(join(folder, 'crashed'))
    const downloads = new Downloads(folder)
    await downloads.removeStale(mtimeMs + 23 * 60 * 60 * 1000)
    expect(existsSync(join(folder, 'crashed'))).toBe(true)
    await downloads.removeStale(mtimeMs + 25 * 60 * 60 * 1000)
    expect(existsSync(join(folder, 'crashed'))).toBe(false)
  })
})

describe('file names', () => {
  it.each([
    ['iris.csv', 'iris.csv'],
    ['a/b\\c:d.csv', 'a_b_c_d.csv'],
    ['...hidden', 'hidden'],
    ['name. . ', 'name'],
    ['con.csv', '_con.csv'],
    ['a\u0000\u202eb\ud800.csv', 'ab.csv'],
    ['..', 'file'],
    ['', 'file'],
    ['e\u0301.csv', 'é.csv'],
    ['data[1].csv', 'data[1].csv']
  ])('%j becomes %j', (suggested, safe) => {
    expect(safeFileName(suggested)).toBe(safe)
  })

  it('are cut to what file systems take, without losing the extension or half a character', () => {
    const safe = safeFileName(`${'字'.repeat(200)}.weights.json`)
    expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(180)
    expect(safe).toMatch(/^字+\.json$/)
  })

  it('survive the trip through a header', () => {
    expect(attachment("it's (1).csv")).toBe(
      "attachment; filename=\"it's (1).csv\"; filename*=UTF-8''it%27s%20%281%29.csv"
    )
  })

  it('sizes are told in units', () => {
    expect([readableBytes(999), readableBytes(4 * 1024 ** 3), readableBytes(1536)]).toEqual([
      '999 B',
      '4 GiB',
      '1.5 KiB'
    ])
  })
})
