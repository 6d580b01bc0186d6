import { fork, type ChildProcess } from 'node:child_process'
import { LaminaError } from '../../shared/errors'
import type { Port } from '../../shared/port'
import type { WorkerExit, WorkerKind, WorkerProcess } from '../host'
import { memoryKills } from './memory-kills'
import { exitReason, STOPPED, workerEnvironment } from './process-words'
import { workerEntries } from './entries'

const STDERR_TAIL = 4096
/** A worker that is told to end tidies up its temporary files; one that does not is killed after this. */
const PATIENCE_MS = 1000
/** A child of its own may hold a dead worker's stderr open: what it said last is waited for no longer than this. */
const LAST_WORDS_MS = 200

/**
 * A worker as a child process of Node: for the browser host, the command line and tests.
 * It gets no environment but an allow-list, none of its parent's flags, and ends with its parent.
 * @param entries the JavaScript file of each kind; those of the built program when left out
 * @param flags of its own, for Node
 */
export function startNodeWorker(
  kind: WorkerKind,
  entries: Readonly<Record<WorkerKind, string>> = workerEntries(),
  flags: readonly string[] = []
): WorkerProcess {
  const child = fork(entries[kind], [String(process.pid)], {
    serialization: 'advanced',
    execArgv: [...flags],
    env: workerEnvironment(process.env),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc']
  })
  const killsBefore = memoryKills()
  let stderr = ''
  let stopped = false
  child.stderr?.setEncoding('utf8')
  child.stderr?.on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL)
  })
  const exited = new Promise<WorkerExit>((resolve) => {
    child.once('exit', (code, signal) => {
      const killsAfter = memoryKills()
      const forMemory = killsBefore !== null && killsAfter !== null && killsAfter > killsBefore
      const tell = (): void => resolve({ reason: stopped ? STOPPED : exitReason(code, signal, stderr, forMemory) })
      // The reason often stands in the last of stderr. (The child's own `close` never comes once it was disconnected.)
      if (stopped || child.stderr === null || child.stderr.closed) tell()
      else {
        child.stderr.once('close', tell)
        setTimeout(tell, LAST_WORDS_MS).unref()
      }
    })
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ reason: `could not be started: ${error.message}` })
    })
  })
  return {
    pid: child.pid,
    port: childPort(child),
    exited,
    kill(how = 'politely') {
      // One that ended by itself keeps its own reason.
      if (child.exitCode !== null || child.signalCode !== null) return
      // A port that is closed already is one of a process that is going by itself.
      stopped ||= child.connected
      if (how === 'now') child.kill('SIGKILL')
      else end(child)
    }
  }
}

function end(child: ChildProcess): void {
  if (child.connected) child.disconnect()
  setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS).unref()
}

function childPort(child: ChildProcess): Port {
  let listener: ((message: unknown) => void) | null = null
  const waiting: unknown[] = []
  child.on('message', (message) => {
    if (listener === null) waiting.push(message)
    else listener(message)
  })
  // A message to a process that just died is an error of `send`; the exit tells the story.
  child.on('error', () => undefined)
  return {
    post(message) {
      if (child.connected) child.send(sendable(message), () => undefined)
    },
    onMessage(next) {
      listener = next
      for (const message of waiting.splice(0)) next(message)
    },
    onClose: (closed) => void child.on('disconnect', closed),
    close: () => {
      if (child.connected) child.disconnect()
    }
  }
}

function sendable(message: unknown): object {
  if (typeof message === 'object' && message !== null) return message
  throw new LaminaError('internal', `A message to a worker must be an object, found ${typeof message}.`)
}
