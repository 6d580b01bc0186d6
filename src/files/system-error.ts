import { LaminaError, type ErrorCode } from '../shared/errors'

/** The code of a file system error (`ENOENT`, `EACCES`, …), or null for anything else that was thrown. */
export function systemCode(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || thrown instanceof LaminaError || !('code' in thrown)) return null
  return typeof thrown.code === 'string' ? thrown.code : null
}

/** What systems say of a disk that was pulled out, and of a network drive that does not answer; the last is ESTALE. */
const gone = ['ENODEV', 'ENXIO', 'ENOTCONN', 'EHOSTDOWN', 'EHOSTUNREACH', 'ETIMEDOUT', 'Unknown system error -116']
const ofGone = (text: string): Record<string, string> => Object.fromEntries(gone.map((code) => [code, text]))

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder, not a file',
  EACCES: 'the system does not allow it',
  EPERM: 'the system does not allow it',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is used up',
  EFBIG: 'the file would be too large for this disk',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EBUSY: 'another program is using it',
  ETXTBSY: 'another program is using it',
  EIO: 'the disk reported an error',
  ...ofGone('its disk or network drive is gone'),
  ELOOP: 'its links lead in a circle'
}
const refusals: readonly string[] = ['EACCES', 'EPERM', 'EROFS']

/** A file system error in words: "the disk is full". */
export function reasonOf(thrown: unknown): string {
  const code = systemCode(thrown)
  const known = code === null ? undefined : reasons[code]
  if (known !== undefined) return known
  return thrown instanceof Error ? thrown.message : String(thrown)
}

const elsewhere = 'Free some space there, or choose another place'
const permissions = 'Choose another place, or change the permissions of this one'
/** What a person can do about a write that failed, by the code of the error. */
const advice: Readonly<Record<string, string>> = {
  ENOENT: 'Choose another folder, or make this one again',
  ENOTDIR: 'Choose another folder',
  EACCES: permissions,
  EPERM: permissions,
  EROFS: 'Choose another place',
  ENOSPC: elsewhere,
  EDQUOT: elsewhere,
  EFBIG: 'Choose another disk',
  ENAMETOOLONG: 'Choose a shorter one',
  EBUSY: 'Close it there, or choose another name',
  ETXTBSY: 'Close it there, or choose another name',
  EIO: 'Choose another place, and have the disk looked at',
  ...ofGone('Connect it again, or choose another place')
}

/** @param reason in words, when the caller knows better than the error code */
export function writeError(path: string, thrown: unknown, reason: string = reasonOf(thrown)): LaminaError {
  const system = systemCode(thrown)
  const code: ErrorCode = refusals.includes(system ?? '') ? 'permissionDenied' : 'writeFailed'
  const known = system === null ? undefined : advice[system]
  const message = `Cannot write ${path}: ${reason}.${known === undefined ? '' : ` ${known}.`}`
  return new LaminaError(code, message, { path, system }, thrown)
}

export function readError(path: string, thrown: unknown): LaminaError {
  const system = systemCode(thrown)
  if (system === 'ENOENT' || system === 'ENOTDIR') {
    return new LaminaError('notFound', `There is no file ${path}. Was it moved, renamed or deleted?`, { path }, thrown)
  }
  if (refusals.includes(system ?? '')) {
    const advice = 'Check the permissions of the file and of its folder'
    return new LaminaError('permissionDenied', `Cannot read ${path}: ${reasonOf(thrown)}. ${advice}.`, { path }, thrown)
  }
  return new LaminaError('invalidArgument', `Cannot read ${path}: ${reasonOf(thrown)}.`, { path, system }, thrown)
}
