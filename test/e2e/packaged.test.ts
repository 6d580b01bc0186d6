import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/**
 * The packaged program, from outside: its fuses leave no way to attach Playwright. Opening a design is enough to see the
 * page, the port, both workers and their native code at work: the service notes what was opened in the list of recent files.
 */
const program = process.env['LAMINA_PACKAGED']
if (program === undefined) {
  console.warn(
    'The test of the packaged program is skipped: LAMINA_PACKAGED does not say where it is (npm run package).'
  )
}

/** A fuse in the wire is one character. */
const [OFF, ON] = ['0', '1'].map((character) => character.charCodeAt(0))

interface Recent {
  files: { path: string; purpose: string }[]
}

describe.skipIf(program === undefined)('the packaged program', () => {
  const path = resolve(program ?? '')
  let folder: string
  let child: ChildProcess
  let errors = ''

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lamina-packaged-'))
    mkdirSync(join(folder, 'work'))
    for (const name of ['iris.lamina', 'iris.csv']) {
      copyFileSync(join('resources', 'examples', name), join(folder, 'work', name))
    }
    child = spawn(path, [`--user-data-dir=${join(folder, 'user')}`, join(folder, 'work', 'iris.lamina')], {
      env: { ...process.env, LAMINA_DATA_FOLDER: join(folder, 'data'), LAMINA_CACHE_FOLDER: join(folder, 'cache') },
      stdio: ['ignore', 'ignore', 'pipe']
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text))
  })
  afterAll(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('has the fuses that were asked for', async () => {
    const wire = await getCurrentFuseWire(path)
    const off = [
      FuseV1Options.RunAsNode,
      FuseV1Options.EnableNodeOptionsEnvironmentVariable,
      FuseV1Options.EnableNodeCliInspectArguments,
      FuseV1Options.GrantFileProtocolExtraPrivileges
    ]
    const on = [FuseV1Options.EnableEmbeddedAsarIntegrityValidation, FuseV1Options.OnlyLoadAppFromAsar]
    expect(off.map((fuse) => wire[fuse])).toEqual(off.map(() => OFF))
    expect(on.map((fuse) => wire[fuse])).toEqual(on.map(() => ON))
  })

  it('opens a design and its table from its command line', async () => {
    const recent = (): string[] => {
      expect(child.exitCode, errors).toBeNull()
      const { files } = JSON.parse(readFileSync(join(folder, 'data', 'recent.json'), 'utf8')) as Recent
      return files.map(({ purpose }) => purpose).sort()
    }
    await expect.poll(recent, { timeout: 60_000 }).toEqual(['dataset', 'design'])
    expect(errors).not.toMatch(/lamina (warning|error)/)
  })

  it.skipIf(process.platform === 'win32')('ends in good order when it is asked to', async () => {
    const ended = new Promise<number | null>((done) => child.once('exit', done))
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})
