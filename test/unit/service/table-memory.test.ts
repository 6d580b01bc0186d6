import { readFileSync, writeFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MemoryForTables } from '../../../src/service/datasets/table-memory'
import { SettingsFile } from '../../../src/service/settings'
import { temporaryFolder } from '../../support/temporary-folder'

const folder = temporaryFolder()
const memoryIn = (path: string, fixed: number | null, warn: (message: string) => void): MemoryForTables =>
  new MemoryForTables(new SettingsFile(path, warn), fixed)
const GIGABYTE = 2 ** 30

describe('memory for tables', () => {
  it('is a quarter of the computer’s until a person chooses, and stays chosen', async () => {
    const path = join(folder, 'new', 'settings.json')
    const warnings: string[] = []
    const memory = memoryIn(path, null, (message) => warnings.push(message))
    const { limit, chosen, total } = await memory.now()
    expect(chosen).toBeNull()
    expect(total).toBeLessThanOrEqual(totalmem())
    expect(limit).toBe(Math.round(total / 4))
    expect(await memory.choose(GIGABYTE)).toEqual({ limit: GIGABYTE, chosen: GIGABYTE, total })
    const again = memoryIn(path, null, (message) => warnings.push(message))
    expect((await again.now()).limit).toBe(GIGABYTE)
    await again.choose(null)
    expect(await again.now()).toEqual({ limit, chosen: null, total })
    expect(warnings).toEqual([])
  })

  it('is what a command says, whatever was chosen, and leaves that', async () => {
    const path = join(folder, 'fixed.json')
    await memoryIn(path, null, () => undefined).choose(GIGABYTE)
    const before = readFileSync(path, 'utf8')
    expect((await memoryIn(path, 2 * GIGABYTE, () => undefined).now()).limit).toBe(2 * GIGABYTE)
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it.each(['{', '{"format":"lamina-settings","version":1,"tableMemory":5}'])(
    'starts anew from a file that is damaged: %s',
    async (content) => {
      const path = join(folder, 'damaged.json')
      writeFileSync(path, content)
      const warnings: string[] = []
      expect((await memoryIn(path, null, (message) => warnings.push(message)).now()).chosen).toBeNull()
      expect(warnings).toEqual([expect.stringContaining('The settings are as they were in the beginning')])
    }
  )
})
