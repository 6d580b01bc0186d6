import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How the name of a private temporary folder of a process begins. */
export const scratchPrefix = (pid: number): string => `lamina-data-${pid}-`

/** The name of such a folder, with the process's id. */
export const SCRATCH_NAME = /^lamina-data-(\d+)-/

/** Remove what a process left behind that was ended before it could tidy up. */
export async function removeScratchOf(pid: number, root = tmpdir()): Promise<void> {
  const left = (await readdir(root)).filter((name) => name.startsWith(scratchPrefix(pid)))
  for (const name of left) await rm(join(root, name), { recursive: true, force: true })
}
