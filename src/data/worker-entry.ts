import { Worker } from 'node:worker_threads'
import { messageOf } from '../shared/errors'
import { endWithParent } from '../shared/parent-watch'
import { parentPortOf } from '../shared/port'
import { tablesAddon } from './native-addon'
import { serveData } from './worker'

/** A worker that has lost its footing must not look alive: whoever started it starts a new one. */
function fail(reason: unknown): never {
  process.stderr.write(
    `data worker: ${reason instanceof Error ? (reason.stack ?? reason.message) : messageOf(reason)}\n`
  )
  process.exit(1)
}
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

process.on('SIGTERM', () => process.exit(0))
// Ctrl+C in a terminal reaches the whole group; the parent decides what it means and hangs up when it is done.
process.on('SIGINT', () => undefined)

endWithParent(
  process,
  (source, workerData) => new Worker(source, { eval: true, workerData }).unref(),
  tablesAddon()?.endWithParent
)

const port = parentPortOf(process)
// Whoever asked is gone, so nothing that is still running matters.
port.onClose(() => process.exit(0))
void serveData(port)
