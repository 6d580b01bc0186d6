import { cancelledReadings } from './cancelled-readings'
import { crashLoop } from './crash-loop'
import { damagedCheckpoints } from './damaged-checkpoints'
import { damagedDocuments } from './damaged-documents'
import { damagedTables } from './damaged-tables'
import { frozenWindow } from './frozen-window'
import { fullDisk } from './full-disk'
import { hungWorker } from './hung-worker'
import { killEditing } from './kill-editing'
import { killRun } from './kill-run'
import { killSaving } from './kill-saving'
import { killTraining } from './kill-training'
import { malformedMessages } from './malformed-messages'
import { metricFlood } from './metric-flood'
import { notFiniteNumbers } from './not-finite'
import { orphans } from './orphans'
import type { Scenario } from './scenario'
import { windowResponsive } from './window-responsive'
import { workerOutOfMemory } from './worker-out-of-memory'

/** Every scenario, in the order they are run. */
export const scenarios: readonly Scenario[] = [
  killTraining,
  notFiniteNumbers,
  damagedCheckpoints,
  killRun,
  hungWorker,
  workerOutOfMemory,
  crashLoop,
  orphans,
  metricFlood,
  frozenWindow,
  malformedMessages,
  killSaving,
  killEditing,
  fullDisk,
  damagedDocuments,
  damagedTables,
  cancelledReadings,
  windowResponsive
]
