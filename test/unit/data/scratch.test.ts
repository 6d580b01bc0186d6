import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Scratch } from '../../../src/data/scratch'
import { removeScratchOf } from '../../../src/files/scratch-folders'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lamina-test-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const gone = spawnSync(process.execPath, ['--version']).pid
const HOURS = 60 * 60
const folders = (): string[] => readdirSync(root).sort()

/** A folder as a process leaves it that is killed. @param age of it, in seconds */
function leave(name: string, age = 0): string {
  const folder = join(root, name)
  mkdirSync(folder)
  writeFileSync(join(folder, '1.csv'), 'x\n1\n')
  const time = Date.now() / 1000 - age
  utimesSync(folder, time, time)
  return name
}

test('a process removes its own folder, and old ones of processes that are gone', () => {
  leave(`lamina-data-${gone}-a`, 2 * HOURS)
  const kept = [
    leave(`lamina-data-${gone}-b`),
    leave(`lamina-data-${process.pid}-c`, 2 * HOURS),
    leave(`other-data-${gone}-d`, 2 * HOURS)
  ]
  const scratch = new Scratch(root)
  expect(folders()).toEqual([...kept, basename(scratch.folder)].sort())
  scratch.dispose()
  expect(folders()).toEqual(kept.sort())
})

test('whoever ended a process removes what it left, and nothing else', async () => {
  const kept = leave(`lamina-data-${gone}1-a`)
  leave(`lamina-data-${gone}-a`)
  leave(`lamina-data-${gone}-b`)
  await removeScratchOf(gone, root)
  expect(folders()).toEqual([kept])
})
