import { randomBytes } from 'node:crypto'
import { constants, rmSync } from 'node:fs'
import { access, open, realpath, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { LaminaError } from '../shared/errors'
import { systemCode, writeError } from './system-error'

/** What is written: text, bytes, or either in pieces that are made while it is written. */
export type Content = string | Uint8Array | AsyncIterable<string | Uint8Array>

/** Temporary files of writes under way. */
const unfinished = new Set<string>()
// A program that is ended in the middle (Ctrl+C twice) leaves none of them behind.
process.on('exit', () => {
  for (const path of unfinished) {
    try {
      rmSync(path, { force: true })
    } catch {
      // Windows removes no open file, and there is nobody left to tell.
    }
  }
})

/**
 * Write a file so that its path holds either what it held before or the whole new content, whatever happens meanwhile:
 * a temporary file in the same folder, fsync, rename, fsync of the folder. An existing file keeps its mode, and a link
 * keeps pointing where it does. Errors that `content` throws while it is made pass through.
 * @param path absolute
 * @param soleWriter whether nobody else writes this file meanwhile. Then what a killed process left of a write is
 * overwritten by the next one, however large it is; otherwise every write has a name of its own.
 * @throws LaminaError `permissionDenied` or `writeFailed`, naming the path and the reason; the old file is untouched
 */
export async function writeFileAtomically(path: string, content: Content, soleWriter = false): Promise<void> {
  const target = await followLinks(path)
  const mode = await checkTarget(path, target)
  const folder = dirname(target)
  const temporary = soleWriter ? join(folder, `.${basename(target)}.tmp`) : temporaryIn(folder)
  unfinished.add(temporary)
  try {
    if (soleWriter) await rm(temporary, { force: true })
    const handle = await open(temporary, 'wx', mode ?? 0o666)
    await fill(handle, content, mode)
    await rename(temporary, target)
  } catch (error) {
    await discard(temporary)
    throw systemCode(error) === null ? error : writeError(path, error, await reasonAt(folder, error))
  } finally {
    unfinished.delete(temporary)
  }
  await syncFolder(folder)
}

/** What is left of a write that failed; why it failed matters more than that its remains cannot be removed. */
async function discard(temporary: string): Promise<void> {
  await rm(temporary, { force: true }).catch(() => undefined)
}

/**
 * Whether `writeFileAtomically` has a chance, for saying so before the work and not after it.
 * @throws LaminaError as `writeFileAtomically` would
 */
export async function checkWritable(path: string): Promise<void> {
  const target = await followLinks(path)
  await checkTarget(path, target)
  const folder = dirname(target)
  try {
    if (!(await stat(folder)).isDirectory()) {
      throw new LaminaError('writeFailed', `Cannot write ${path}: ${folder} is not a folder.`, { path })
    }
    // Only making a file tells whether one can be made: permissions say nothing of disks and folders of the system.
    const probe = temporaryIn(folder)
    await (await open(probe, 'wx')).close()
    await rm(probe)
  } catch (error) {
    throw error instanceof LaminaError ? error : writeError(path, error, await reasonAt(folder, error))
  }
}

function temporaryIn(folder: string): string {
  return join(folder, `.lamina-${randomBytes(8).toString('hex')}.tmp`)
}

async function fill(handle: FileHandle, content: Content, mode: number | null): Promise<void> {
  try {
    // The mode given to `open` is cut by the umask; an existing file's mode is not ours to cut.
    if (mode !== null) await handle.chmod(mode)
    await writeFile(handle, content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const code = systemCode(error)
    // A new file, or a problem that writing will name.
    if (code !== null) return path
    throw error
  }
}

/** @returns the mode of the file that is there, or null */
async function checkTarget(path: string, target: string): Promise<number | null> {
  let found
  try {
    found = await stat(target)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw writeError(path, error)
  }
  if (found.isDirectory()) throw new LaminaError('writeFailed', `Cannot write ${path}: it is a folder.`, { path })
  if (!found.isFile())
    throw new LaminaError('writeFailed', `Cannot write ${path}: it is not an ordinary file.`, { path })
  try {
    // Renaming over a read-only file would succeed; its owner did not mean that, be it root.
    if ((found.mode & 0o222) === 0) throw Object.assign(new Error('no write permission'), { code: 'EACCES' })
    await access(target, constants.W_OK)
  } catch (error) {
    throw writeError(path, error, 'the file is write-protected')
  }
  return found.mode & 0o777
}

/** The reason in words, where the folder explains it better than the error code; undefined otherwise. */
async function reasonAt(folder: string, error: unknown): Promise<string | undefined> {
  const code = systemCode(error)
  if (code === 'ENOTDIR') return `${folder} is not a folder`
  if (code === 'EACCES' || code === 'EPERM') return `the system does not allow writing in the folder ${folder}`
  if (code !== 'ENOENT') return undefined
  const exists = await stat(folder).then(
    () => true,
    () => false
  )
  return exists ? `no file can be made in the folder ${folder}` : `the folder ${folder} does not exist`
}

/** Makes the rename itself last; some systems cannot sync a folder, which is no failure of the write. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r').catch(() => null)
  if (handle === null) return
  try {
    await handle.sync()
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EACCES', 'EBADF'].includes(systemCode(error) ?? '')) throw error
  } finally {
    await handle.close()
  }
}
