import { serveData } from '../../src/data/worker'
import { chooseEngine, type EngineChoice } from '../../src/engine'
import { serveTraining } from '../../src/engine/worker'
import type { WorkerExit, WorkerKind, WorkerProcess } from '../../src/service'
import type { LaminaError } from '../../src/shared/errors'
import { portPair } from '../../src/shared/port'

/** The real workers without processes of their own: quick to start, nothing to clean up. */
export class LocalWorkers {
  /** Messages that broke a contract, and defects; a test should see none. */
  readonly reports: LaminaError[] = []
  private readonly disposals: Promise<void>[] = []
  private readonly living = new Map<WorkerKind, (reason: string) => void>()
  /** How many were started of each kind. */
  readonly started: Record<WorkerKind, number> = { data: 0, training: 0 }

  /** @param engine what the training worker computes with */
  constructor(private readonly engine: EngineChoice = chooseEngine()) {}

  readonly start = (kind: WorkerKind): WorkerProcess => {
    const [ours, theirs] = portPair()
    const report = (error: LaminaError): void => void this.reports.push(error)
    if (kind === 'data') this.disposals.push(serveData(theirs, { report }))
    else serveTraining(theirs, report, this.engine)
    this.started[kind] += 1
    let exit: (exit: WorkerExit) => void = () => undefined
    const exited = new Promise<WorkerExit>((resolve) => {
      exit = resolve
    })
    const end = (reason: string): void => {
      ours.close()
      exit({ reason })
    }
    this.living.set(kind, end)
    return { port: ours, pid: undefined, exited, kill: () => end('was killed') }
  }

  /** When everything ended workers held was given back. */
  async disposed(): Promise<void> {
    await Promise.all(this.disposals)
  }

  /** Let a worker die as a process would. */
  die(kind: WorkerKind, reason: string): void {
    const end = this.living.get(kind)
    if (end === undefined) throw new Error(`No ${kind} worker was started.`)
    end(reason)
  }
}
