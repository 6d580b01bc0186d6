import { readFileSync } from 'node:fs'

/** What OpenBLAS takes for a processor newer than itself: kernels of 2004, a tenth as fast as the others. */
const FALLBACK = 'Prescott'

/**
 * The environment in which OpenBLAS uses vectors that it does not know this processor has: a comparison with its slowest
 * kernels would be none. Empty where it has chosen well, where somebody chose for it, or where that cannot be told.
 * @param core what it has chosen, as it tells itself
 * @param processor /proc/cpuinfo
 */
export function openBlasEnvironment(
  core: string | null,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  processor: string = cpuInfo()
): Readonly<Record<string, string>> {
  if (core?.includes(FALLBACK) !== true || environment['OPENBLAS_CORETYPE'] !== undefined) return {}
  if (/\bavx512vl\b/.test(processor)) return { OPENBLAS_CORETYPE: 'SkylakeX' }
  if (/\bavx2\b/.test(processor)) return { OPENBLAS_CORETYPE: 'Haswell' }
  return {}
}

function cpuInfo(): string {
  return process.platform === 'linux' ? readFileSync('/proc/cpuinfo', 'utf8') : ''
}
