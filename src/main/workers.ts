import type { App, Details, ForkOptions, UtilityProcess } from 'electron'
import {
  exitReason,
  STOPPED,
  workerEnvironment,
  type WorkerExit,
  type WorkerKind,
  type WorkerProcess
} from '../service'
import type { Port } from '../shared/port'

/** The two reports of an end come in no fixed order; the one with the reason is given this long to follow. */
const REASON_PATIENCE_MS = 500
const STDERR_TAIL = 4096

type Forked = Pick<UtilityProcess, 'on' | 'once' | 'postMessage' | 'kill' | 'pid'> & {
  readonly stderr: Pick<NodeJS.ReadableStream, 'on'> | null
}

export interface WorkerStarterOptions {
  fork(modulePath: string, args: string[], options: ForkOptions): Forked
  readonly app: Pick<App, 'on' | 'off'>
  /** The JavaScript file of each kind. @throws LaminaError when the program is not built */
  entries(): Readonly<Record<WorkerKind, string>>
  readonly environment: NodeJS.ProcessEnv
  /** End a process at once, whatever it does. */
  killNow(pid: number): void
}

/**
 * Workers as Electron's utility processes. They are not sandboxed by the system, so they get no environment but an
 * allow-list, no flags, and a name of their own, by which the reason of their end is found.
 */
export function createWorkerStarter(options: WorkerStarterOptions): (kind: WorkerKind) => WorkerProcess {
  let started = 0
  return (kind) => {
    const serviceName = `Lamina ${kind} worker ${++started}`
    const child = options.fork(options.entries()[kind], [], {
      serviceName,
      env: workerEnvironment(options.environment),
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe']
    })
    let ended = false
    let killed = false
    child.once('exit', () => {
      ended = true
    })
    return {
      port: processPort(child),
      exited: exitOf(child, options.app, serviceName, () => killed),
      kill(how = 'politely') {
        // One that ended by itself keeps its own reason.
        if (ended) return
        killed = true
        // Electron asks politely (SIGTERM), which a worker that hangs never hears.
        if (how === 'politely' || child.pid === undefined) child.kill()
        else options.killNow(child.pid)
      }
    }
  }
}

function processPort(child: Forked): Port {
  let listener: ((message: unknown) => void) | null = null
  const waiting: unknown[] = []
  let ended = false
  child.once('exit', () => {
    ended = true
  })
  child.on('message', (message: unknown) => {
    if (listener === null) waiting.push(message)
    else listener(message)
  })
  return {
    post(message) {
      if (!ended) child.postMessage(message)
    },
    onMessage(next) {
      listener = next
      for (const message of waiting.splice(0)) next(message)
    },
    onClose: (closed) => void child.once('exit', () => closed()),
    close: () => void child.kill()
  }
}

function exitOf(
  child: Forked,
  app: WorkerStarterOptions['app'],
  serviceName: string,
  killed: () => boolean
): Promise<WorkerExit> {
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer | string) => {
    stderr = (stderr + String(chunk)).slice(-STDERR_TAIL)
  })
  return new Promise((resolve) => {
    let gone: Details | null = null
    let code: number | null = null
    let patience: NodeJS.Timeout | null = null
    const settle = (): void => {
      if (patience !== null) clearTimeout(patience)
      app.off('child-process-gone', hearGone)
      resolve({ reason: killed() ? STOPPED : reasonOf(gone, code, stderr) })
    }
    const hearGone = (_event: unknown, details: Details): void => {
      if (details.serviceName !== serviceName && details.name !== serviceName) return
      gone = details
      // Without an exit the process never ran.
      if (code !== null || details.reason === 'launch-failed') settle()
    }
    app.on('child-process-gone', hearGone)
    child.once('exit', (exitCode) => {
      code = exitCode
      if (gone !== null || exitCode === 0 || killed()) settle()
      else patience = setTimeout(settle, REASON_PATIENCE_MS)
    })
  })
}

/** In words that follow "the training worker …". Electron's own account first, then the exit code. */
function reasonOf(gone: Details | null, code: number | null, stderr: string): string {
  switch (gone?.reason) {
    case 'oom':
    case 'memory-eviction':
      return 'ran out of memory'
    case 'killed':
      return 'was killed, by another program or because the computer ran out of memory'
    case 'crashed':
      return `crashed (exit code ${gone.exitCode})`
    case 'launch-failed':
      return `could not be started (system error ${gone.systemErrorCode ?? gone.exitCode})`
    case 'integrity-failure':
      return 'could not be started: its file was changed after Lamina was installed. Install Lamina again'
    case 'abnormal-exit':
    case 'clean-exit':
    case undefined:
      return exitReason(code ?? gone?.exitCode ?? null, null, stderr)
  }
}
