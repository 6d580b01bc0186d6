import { Worker } from 'node:worker_threads'
import { endWithParent } from '../shared/parent-watch'
import { parentPortOf } from '../shared/port'
import { loadEngineAddon } from './native-addon'
import { serveTraining } from './worker'

/** The training worker's process: answers whoever started it, and ends with them. */
// Ctrl+C in a terminal reaches the whole group; the parent decides what it means and hangs up when it is done.
process.on('SIGINT', () => undefined)

endWithParent(
  process,
  (source, workerData) => new Worker(source, { eval: true, workerData }).unref(),
  loadEngineAddon(import.meta.url).addon?.endWithParent
)

const port = parentPortOf(process)
// An orderly exit would wait for the computation under way, which may be one that never ends.
port.onClose(() => process.kill(process.pid, 'SIGKILL'))
serveTraining(port, (error) => console.error(`${error.name} ${error.code}: ${error.message}`))
