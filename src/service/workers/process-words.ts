const signals: Readonly<Record<string, string>> = {
  SIGSEGV: 'crashed (segmentation fault)',
  SIGBUS: 'crashed (bus error)',
  SIGILL: 'crashed (illegal instruction)',
  SIGFPE: 'crashed (arithmetic fault)',
  SIGABRT: 'crashed (aborted)',
  SIGTRAP: 'crashed (trap)',
  SIGKILL: 'was killed (SIGKILL), by another program or because the computer ran out of memory',
  SIGTERM: 'was killed (SIGTERM)',
  SIGINT: 'was interrupted (SIGINT)',
  SIGHUP: 'was ended with its terminal (SIGHUP)'
}

export const OUT_OF_MEMORY = 'ran out of memory'

/** The reason of an end that was asked for. */
export const STOPPED = 'was stopped'

/**
 * Why a process ended, in words that follow "the training worker …".
 * @param forMemory the system is known to have killed a process for memory meanwhile
 */
export function exitReason(code: number | null, signal: string | null, stderr: string, forMemory = false): string {
  if (signal === 'SIGKILL' && forMemory) return 'was ended by the system because the computer ran out of memory'
  if (lackedMemory(stderr)) return OUT_OF_MEMORY
  if (signal !== null) return signals[signal] ?? `was ended by the signal ${signal}`
  if (code === 0) return 'ended by itself'
  const last = lastLine(stderr)
  return `ended with exit code ${code ?? 'unknown'}${last === null ? '' : ` (${last})`}`
}

/** Whether a process that died said it was for want of memory. */
export function lackedMemory(stderr: string): boolean {
  return /out of memory|Allocation failed|bad_alloc|Cannot allocate memory/i.test(stderr)
}

/** The most telling line of what a dying Node process wrote: the error's own message, else the last line. */
function lastLine(stderr: string): string | null {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('at ') && !/^Node\.js v/.test(line))
  const line = lines.findLast((text) => /^(\w*Error\b|terminate called)/.test(text)) ?? lines.at(-1)
  return line === undefined ? null : line.slice(0, 300)
}

/** What a worker needs of the environment; secrets and settings of other programs stay out. */
const allowed = /^(PATH|HOME|USERPROFILE|SYSTEMROOT|WINDIR|TMPDIR|TEMP|TMP|LANG|LC_\w+|TZ|LAMINA_\w+)$/i

export function workerEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && allowed.test(name)) kept[name] = value
  }
  return kept
}
