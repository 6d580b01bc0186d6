import { parentPortOf } from '../shared/port'
import { serveTraining } from './worker'

/** The training worker's process: answers whoever started it, and ends with them. */
// Ctrl+C in a terminal reaches the whole group; the parent decides what it means and hangs up when it is done.
process.on('SIGINT', () => undefined)

const port = parentPortOf(process)
port.onClose(() => process.exit(0))
serveTraining(port, (error) => console.error(`${error.name} ${error.code}: ${error.message}`))
