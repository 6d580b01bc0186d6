import { posix } from 'node:path'

/** What a traced program did with files, from strace's lines. */
export interface Approval {
  /** The attack begins with a look at this path; what a program does to get started is not judged. */
  readonly marker: string
  /** Folders to do anything in. */
  readonly own: readonly string[]
  /** Folders and files to read: the program, the system. */
  readonly readable: readonly string[]
  /** Nothing but whether they are there may be asked of these, wherever they lie. */
  readonly forbidden: readonly string[]
}

export interface Judgement {
  /** Calls that named a file, after the beginning of the attack. */
  readonly calls: number
  /** Calls that had no business with theirs, as strace wrote them. */
  readonly outside: readonly string[]
}

/** Calls that tell whether something is there and what it is, but not what is in it. */
const LOOKS = /^(statx?|l?stat|newfstatat|access|faccessat2?|readlink(at)?|getcwd|chdir)\(/
const READS = /^open(at)?\(.*\bO_RDONLY\b/

/** @throws Error when the trace does not show the beginning */
export function judge(trace: string, approval: Approval): Judgement {
  const lines = trace.split('\n').map((line) => line.replace(/^\d+\s+/, ''))
  const beginning = lines.findIndex((line) => line.includes(`"${approval.marker}"`))
  if (beginning < 0) throw new Error('The trace does not show where the attack begins.')
  const calls = lines.slice(beginning + 1).filter((line) => /^\w+\(/.test(line))
  return { calls: calls.length, outside: calls.filter((call) => !isApproved(call, approval)) }
}

function isApproved(call: string, { own, readable, forbidden }: Approval): boolean {
  const named = pathsOf(call)
  if (LOOKS.test(call)) return true
  if (named.some((path) => forbidden.includes(path))) return false
  return named.every(
    (path) =>
      own.some((place) => isWithin(place, path)) ||
      (READS.test(call) && readable.some((place) => isWithin(place, path)))
  )
}

/** Absolute paths; a relative one is put behind the folder that strace names beside it. */
function pathsOf(call: string): string[] {
  return [...call.matchAll(/(?:AT_FDCWD<([^>]*)>, |\d+<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)].map(
    ([, working, folder, path = '']) => posix.resolve(working ?? folder ?? '/', path)
  )
}

function isWithin(place: string, path: string): boolean {
  return path === place || path.startsWith(`${place}/`)
}
