import type { App, Details, ForkOptions, UtilityProcess } from 'electron'
import { constants } from 'node:os'
import {
  exitReason,
  lackedMemory,
  STOPPED,
  workerEnvironment,
  type WorkerExit,
  type WorkerKind,
  type WorkerProcess
} from '../service'
import type { Port } from '../shared/port'

/** The two reports of an end come in no fixed order; the one with the reason is given this long to follow. */
const REASON_PATIENCE_MS = 500
/** What a process wrote last arrives after the news of its end. */
const LAST_WORDS_MS = 200
const STDERR_TAIL = 4096

type Forked = Pick<UtilityProcess, 'on' | 'once' | 'postMessage' | 'kill' | 'pid'> & {
  readonly stderr: Pick<NodeJS.ReadableStream, 'on' | 'off'> | null
}

export interface WorkerStarterOptions {
  fork(modulePath: string, args: string[], options: ForkOptions): Forked
  readonly app: Pick<App, 'on' | 'off'>
  /** The JavaScript file of each kind. @throws LaminaError when the program is not built */
  entries(): Readonly<Record<WorkerKind, string>>
  readonly environment: NodeJS.ProcessEnv
  /** End a process at once, whatever it does. */
  killNow(pid: number): void
  /** How many processes the system has ended for memory; null where it does not say. */
  memoryKills(): number | null
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
    let pid = child.pid
    child.once('spawn', () => {
      pid = child.pid
    })
    child.once('exit', () => {
      ended = true
    })
    return {
      port: processPort(child),
      get pid() {
        return pid
      },
      exited: new Ending(child, options, serviceName, () => killed).told,
      kill(how = 'politely') {
        // One that ended by itself keeps its own reason.
        if (ended) return
        killed = true
        // Electron asks politely (SIGTERM) at first, which a worker that hangs never hears.
        if (how === 'politely' || child.pid === undefined) end(child)
        else options.killNow(child.pid)
      }
    }
  }
}

/** Electron ends no process that has not come up yet, and forgets that it was asked to. */
function end(child: Forked): void {
  if (child.pid === undefined) child.once('spawn', () => void child.kill())
  else child.kill()
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
    close: () => end(child)
  }
}

/** Puts together what Electron, the system and the process itself say of its end. */
class Ending {
  readonly told: Promise<WorkerExit>
  private tell: (exit: WorkerExit) => void = () => undefined
  private stderr = ''
  private saidAll: boolean
  private gone: Details | null = null
  private code: number | null = null
  private patience: NodeJS.Timeout | null = null
  private readonly killsBefore: number | null

  constructor(
    child: Forked,
    private readonly options: Pick<WorkerStarterOptions, 'app' | 'memoryKills'>,
    private readonly serviceName: string,
    private readonly killed: () => boolean
  ) {
    this.killsBefore = options.memoryKills()
    this.told = new Promise((resolve) => {
      this.tell = resolve
    })
    const { stderr } = child
    this.saidAll = stderr === null
    stderr?.on('data', this.keep)
    stderr?.on('end', this.hearEnd)
    // Unheard, this event would be an error nobody caught, in this process.
    child.on('error', (_type, location) => this.keep(`${location}\n`))
    options.app.on('child-process-gone', this.hearGone)
    child.once('exit', (code) => {
      this.code = code
      // Electron takes everybody off the stream now, although the last of it is still to come.
      queueMicrotask(() => {
        stderr?.off('data', this.keep)
        stderr?.off('end', this.hearEnd)
        stderr?.on('data', this.keep)
        stderr?.on('end', this.hearEnd)
      })
      if (code === 0 || this.killed()) this.settle()
      else if (this.gone === null) this.settleIn(REASON_PATIENCE_MS)
      else this.waitForLastWords()
    })
  }

  private readonly keep = (text: Buffer | string): void => {
    this.stderr = (this.stderr + String(text)).slice(-STDERR_TAIL)
  }

  private readonly hearEnd = (): void => {
    this.saidAll = true
    if (this.gone !== null && this.code !== null) this.settle()
  }

  private readonly hearGone = (_event: unknown, details: Details): void => {
    if (details.serviceName !== this.serviceName && details.name !== this.serviceName) return
    this.gone = details
    // Without an exit the process never ran.
    if (details.reason === 'launch-failed') this.settle()
    else if (this.code !== null) this.waitForLastWords()
  }

  private waitForLastWords(): void {
    if (this.saidAll) this.settle()
    else this.settleIn(LAST_WORDS_MS)
  }

  private settleIn(milliseconds: number): void {
    if (this.patience !== null) clearTimeout(this.patience)
    this.patience = setTimeout(() => this.settle(), milliseconds)
  }

  private settle(): void {
    if (this.patience !== null) clearTimeout(this.patience)
    this.options.app.off('child-process-gone', this.hearGone)
    this.tell({ reason: this.killed() ? STOPPED : this.reason() })
  }

  /** In words that follow "the training worker …". Electron's own account first, then the exit code. */
  private reason(): string {
    const { gone, code, stderr } = this
    switch (gone?.reason) {
      case 'oom':
      case 'memory-eviction':
        return 'ran out of memory'
      case 'killed': {
        const kills = this.options.memoryKills()
        const forMemory = this.killsBefore !== null && kills !== null && kills > this.killsBefore
        if (forMemory) return exitReason(null, 'SIGKILL', '', forMemory)
        return 'was killed, by another program or because the computer ran out of memory'
      }
      case 'crashed':
        return lackedMemory(stderr) ? 'ran out of memory' : crashInWords(gone.exitCode)
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
}

/** @param status of waitpid, whose lowest seven bits are a signal; an NTSTATUS on Windows, known in hexadecimal */
function crashInWords(status: number): string {
  if (process.platform === 'win32') return `crashed (0x${(status >>> 0).toString(16)})`
  const signal = Object.entries(constants.signals).find(([, number]) => number === (status & 0x7f))?.[0]
  return signal === undefined ? `crashed (exit code ${status})` : exitReason(null, signal, '')
}
