import { readFileSync } from 'node:fs'

/**
 * How many processes Linux has ended so far because memory ran out; null where the system does not say. A process that
 * was killed while this number grew was killed for memory.
 */
export function memoryKills(): number | null {
  if (process.platform !== 'linux') return null
  try {
    const found = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))
    return found === null ? null : Number(found[1])
  } catch {
    // A container may hide it; then the reason stays as vague as the signal.
    return null
  }
}
