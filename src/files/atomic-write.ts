import { randomBytes } from 'node:crypto'
import { constants, rmSync } from 'node:fs'
import { access, link, lstat, open, realpath, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { LaminaError } from '../shared/errors'
import { systemCode, writeError } from './system-error'

/** What is written: text, bytes, or either in pieces that are made while it is written. */
export type Content = string | Uint8Array | AsyncIterable<string | Uint8Array>

/** Told of every temporary file before it is made, so that one whose process was killed can be found later. */
export interface TemporaryFiles {
  /** @returns to be called when it is gone again */
  note(path: string): Promise<() => Promise<void>>
}

export interface WriteOptions {
  /**
   * Nobody else writes this file meanwhile. Then what a killed process left of a write is overwritten by the next one,
   * however large it is; otherwise every write has a name of its own.
   */
  readonly soleWriter?: boolean
  readonly temporaries?: TemporaryFiles
}

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
 * a temporary file in the same folder, fsync, rename, fsync of the folder. An existing file keeps its mode (and its owner,
 * where that can be kept), and a link keeps pointing where it does. Errors that `content` throws while it is made pass
 * through.
 * @param path absolute
 * @throws LaminaError `permissionDenied` or `writeFailed`, naming the path, the reason and what to do; the old file is
 * untouched
 */
export async function writeFileAtomically(path: string, content: Content, options: WriteOptions = {}): Promise<void> {
  const target = await followLinks(path)
  const old = await checkTarget(path, target)
  await put(path, target, old, content, options, async (temporary) => {
    await renameOver(temporary, target)
    return true
  })
}

/**
 * Like `writeFileAtomically`, for a file that must not be there yet.
 * @returns whether it was made; false when something has this name already
 */
export function createFileAtomically(path: string, content: Content, options: WriteOptions = {}): Promise<boolean> {
  return put(path, path, null, content, options, (temporary) => placeAnew(temporary, path))
}

/** What a file keeps when it is replaced. */
interface Kept {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

async function put(
  path: string,
  target: string,
  old: Kept | null,
  content: Content,
  options: WriteOptions,
  place: (temporary: string) => Promise<boolean>
): Promise<boolean> {
  const folder = dirname(target)
  const temporary = options.soleWriter === true ? join(folder, `.${basename(target)}.tmp`) : temporaryIn(folder)
  const forget = await options.temporaries?.note(temporary)
  unfinished.add(temporary)
  try {
    if (options.soleWriter === true) await rm(temporary, { force: true })
    const handle = await open(temporary, 'wx', old?.mode ?? 0o666)
    await fill(handle, content, old)
    const placed = await place(temporary)
    if (placed) await syncFolder(folder)
    else await discard(temporary)
    return placed
  } catch (error) {
    await discard(temporary)
    throw systemCode(error) === null ? error : writeError(path, error, await reasonAt(folder, error))
  } finally {
    unfinished.delete(temporary)
    await forget?.()
  }
}

const RENAME_ATTEMPTS = 8
const FIRST_PAUSE_MS = 10
/** What Windows says while a virus scanner, an indexer or a viewer has the old file open for a moment. */
const passing: readonly string[] = ['EPERM', 'EACCES', 'EBUSY']

/** @param move for tests; Node's `rename` replaces files on every system */
export async function renameOver(
  from: string,
  to: string,
  platform: NodeJS.Platform = process.platform,
  move: (from: string, to: string) => Promise<void> = rename
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await move(from, to)
      return
    } catch (error) {
      const passes = platform === 'win32' && passing.includes(systemCode(error) ?? '')
      if (!passes || attempt === RENAME_ATTEMPTS) throw error
      await wait(FIRST_PAUSE_MS * 2 ** (attempt - 1))
    }
  }
}

/** A second name for the file, which fails where the name is taken; then the temporary one goes. */
async function placeAnew(temporary: string, target: string): Promise<boolean> {
  try {
    await link(temporary, target)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    // Disks of cameras and some network drives know no second names.
    if (await isThere(target)) return false
    await renameOver(temporary, target)
    return true
  }
  await rm(temporary, { force: true })
  return true
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => systemCode(error) !== 'ENOENT'
  )
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

/** How temporary files are called, beside the file they are for. */
export const TEMPORARY_NAME = /^\.lamina-[0-9a-f]{16}\.tmp$/

function temporaryIn(folder: string): string {
  return join(folder, `.lamina-${randomBytes(8).toString('hex')}.tmp`)
}

async function fill(handle: FileHandle, content: Content, old: Kept | null): Promise<void> {
  try {
    if (old !== null) {
      // Whoever is allowed to give files away wrote somebody's file, and it stays theirs.
      if (process.getuid?.() === 0) await handle.chown(old.uid, old.gid)
      // The mode given to `open` is cut by the umask; an existing file's mode is not ours to cut.
      await handle.chmod(old.mode)
    }
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

/** @returns what is to be kept of the file that is there, or null */
async function checkTarget(path: string, target: string): Promise<Kept | null> {
  let found
  try {
    found = await stat(target)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw writeError(path, error)
  }
  if (found.isDirectory())
    throw new LaminaError('writeFailed', `Cannot write ${path}: it is a folder. Choose another name.`, { path })
  if (!found.isFile())
    throw new LaminaError('writeFailed', `Cannot write ${path}: it is not an ordinary file. Choose another name.`, {
      path
    })
  try {
    // Renaming over a read-only file would succeed; its owner did not mean that, be it root.
    if ((found.mode & 0o222) === 0) throw Object.assign(new Error('no write permission'), { code: 'EACCES' })
    await access(target, constants.W_OK)
  } catch (error) {
    throw writeError(path, error, 'the file is write-protected')
  }
  return { mode: found.mode & 0o777, uid: found.uid, gid: found.gid }
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
