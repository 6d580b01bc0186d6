import type { TableProgress } from '../../shared/table/progress'
import { formatBytes } from '../inspector/costs'
import { formatCount } from '../training/format'

/** What is being done, before the name of what it is done to. */
export const stageWords: Readonly<Record<TableProgress['stage'], string>> = {
  reading: 'Reading',
  profiling: 'Looking at the columns of',
  preparing: 'Preparing'
}

/** How far work on a table has come, but for the time left: 42 % · 1 204 000 rows · 98 MB/s. */
export function progressWords({ fraction, rows, bytesPerSecond }: TableProgress): string {
  return [
    ...(fraction === null ? [] : [`${Math.round(fraction * 100)}\u00a0%`]),
    ...(rows === null || rows === 0 ? [] : [`${formatCount(rows)}\u00a0rows`]),
    ...(bytesPerSecond === null ? [] : [`${formatBytes(bytesPerSecond)}/s`])
  ].join(' · ')
}
