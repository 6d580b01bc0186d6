import { execFileSync } from 'node:child_process'
import { mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../../src/shared/errors'

const OLD_FILES = 5
const OLD = 'what was there before\n'

/** A disk in memory that is soon full, where this person may mount one: on Linux, as root. */
export class SmallDisk {
  private mounted = false

  constructor(readonly path: string) {}

  /** Make it, with some files, and fill it. @returns why there is none, in words; null when there is */
  async mount(): Promise<string | null> {
    if (process.platform !== 'linux') return 'only Linux mounts a disk in memory'
    if (process.getuid?.() !== 0) return 'only root may mount a disk'
    await mkdir(this.path)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'lamina-torture', this.path], { stdio: 'pipe' })
    } catch (error) {
      return `mounting is not allowed here (${messageOf(error).split('\n')[0] ?? ''})`
    }
    this.mounted = true
    for (let file = 0; file < OLD_FILES; file++) await writeFile(join(this.path, `old-${file}`), OLD)
    await this.fill()
    return null
  }

  /** Until not a byte more goes on it. */
  async fill(): Promise<void> {
    const handle = await open(join(this.path, 'filler'), 'a')
    try {
      for (;;) await handle.appendFile(Buffer.alloc(4096))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    } finally {
      await handle.close()
    }
  }
  async free(): Promise<void> {
    await rm(join(this.path, 'filler'), { force: true })
  }

  makeReadOnly(): Promise<void> {
    return this.remount('ro')
  }
  makeWritable(): Promise<void> {
    return this.remount('rw')
  }
  /** As when it is pulled out: whoever has a file of it open may go on with that, but nobody finds it any more. */
  unmount(): void {
    if (this.mounted) execFileSync('umount', ['--lazy', this.path], { stdio: 'pipe' })
    this.mounted = false
  }

  private remount(mode: 'ro' | 'rw'): Promise<void> {
    execFileSync('mount', ['-o', `remount,${mode}`, this.path], { stdio: 'pipe' })
    return Promise.resolve()
  }
}
