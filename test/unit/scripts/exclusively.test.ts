import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../support/temporary-folder'

type Exclusively = (lock: string, work: () => void | Promise<void>) => Promise<void>

const folder = temporaryFolder()
let exclusively: Exclusively
beforeAll(async () => {
  // Scripts are plain JavaScript, which the compiler is not asked to look into.
  const path = '../../../scripts/exclusively.mjs'
  const loaded: unknown = await import(path)
  ;({ exclusively } = loaded as { exclusively: Exclusively })
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
})

describe('work that only one process may do at a time', () => {
  it('is done one after the other, and leaves no lock', async () => {
    const lock = join(folder, 'deep', '.lock')
    const seen: string[] = []
    const work = (name: string) => async (): Promise<void> => {
      seen.push(`${name} begins`)
      await new Promise((resolve) => setImmediate(resolve))
      expect(existsSync(lock)).toBe(true)
      seen.push(`${name} ends`)
    }
    await Promise.all([exclusively(lock, work('a')), exclusively(lock, work('b'))])
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
    expect(readdirSync(join(folder, 'deep'))).toEqual([])
  })

  it('goes on after work that failed', async () => {
    const lock = join(folder, '.failed')
    await expect(exclusively(lock, () => Promise.reject(new Error('no compiler')))).rejects.toThrow('no compiler')
    await expect(exclusively(lock, () => undefined)).resolves.toBeUndefined()
  })

  it('goes on after a process that was killed at it', async () => {
    const lock = join(folder, '.abandoned')
    // Larger than any process number.
    writeFileSync(lock, '999999999')
    const done = vi.fn()
    await exclusively(lock, done)
    expect(done).toHaveBeenCalledOnce()
    expect(existsSync(lock)).toBe(false)
  })
})
