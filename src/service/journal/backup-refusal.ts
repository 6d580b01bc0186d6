import { reasonOf, systemCode } from '../../files/system-error'
import { LaminaError } from '../../shared/errors'

/** What is wrong with the folder of backups, which a person may know; the names in it are nobody's business. */
export function backupRefusal(root: string, error: unknown): unknown {
  if (!(error instanceof LaminaError) || (error.code !== 'writeFailed' && error.code !== 'permissionDenied'))
    return error
  const reason = error.cause === undefined ? error.message : `${reasonOf(error.cause)}. ${adviceOn(error.cause)}.`
  return new LaminaError(error.code, `Backups cannot be written to ${root}: ${reason}`, error.details, error)
}

/** Nobody chose this folder, so that no other one can be offered. */
function adviceOn(cause: unknown): string {
  switch (systemCode(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'Free some space on this disk'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'Allow Lamina to write there'
    case 'ENOENT':
    case 'ENOTDIR':
      return 'Put a folder in this place again'
    default:
      return 'Save your design in another place, and look at this one'
  }
}
