import { fork, type ChildProcess } from 'node:child_process'
import { LaminaError } from '../../shared/errors'
import type { Port } from '../../shared/port'
import type { WorkerExit, WorkerKind, WorkerProcess } from '../host'
import { exitReason, workerEnvironment } from './process-words'
import { workerEntries } from './entries'

const STDERR_TAIL = 4096
/** A worker that is told to end tidies up its temporary files; one that does not is killed after this. */
const PATIENCE_MS = 1000

export interface NodeWorker extends WorkerProcess {
  /** Undefined when the process could not be started. */
  readonly pid: number | undefined
}

/**
 * A worker as a child process of Node: for the browser host, the command line and tests.
 * It gets no environment but an allow-list, no flags of its parent, and ends with its parent.
 * @param entries the JavaScript file of each kind; those of the built program when left out
 */
export function startNodeWorker(
  kind: WorkerKind,
  entries: Readonly<Record<WorkerKind, string>> = workerEntries()
): NodeWorker {
  const child = fork(entries[kind], [], {
    serialization: 'advanced',
    execArgv: [],
    env: workerEnvironment(process.env),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc']
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8')
  child.stderr?.on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL)
  })
  const exited = new Promise<WorkerExit>((resolve) => {
    child.once('exit', (code, signal) => {
      const tell = (): void => resolve({ reason: exitReason(code, signal, stderr) })
      // The reason often stands in the last of stderr. (The child's own `close` never comes once it was disconnected.)
      if (child.stderr === null || child.stderr.closed) tell()
      else child.stderr.once('close', tell)
    })
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ reason: `could not be started: ${error.message}` })
    })
  })
  return { pid: child.pid, port: childPort(child), exited, kill: () => end(child) }
}

function end(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return
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
