import { LaminaError, messageOf } from '../../shared/errors'
import type { Recovery } from '../../shared/run-history'
import type { Progress } from '../../shared/training-run'
import type { CurrentRun } from './current-run'
import { RestartPolicy } from './restart-policy'

export interface RecoveryOptions {
  /** Load the run into a new process, where its checkpoint has it. */
  load(run: CurrentRun): Promise<void>
  resume(): Promise<Progress>
  /** Whether a person wants runs to go on by themselves. */
  automatic(): Promise<boolean>
  tell(run: CurrentRun, recovery: Recovery): void
  failed(run: CurrentRun, error: LaminaError): void
}

/** What is done when the process of a run that trains ends unasked: it goes on by itself, or a person is asked. */
export class RunRecovery {
  private timer: NodeJS.Timeout | null = null
  private closed = false

  constructor(private readonly options: RecoveryOptions) {}

  /** @param reason in words that follow "The training worker …" */
  async ended(run: CurrentRun, reason: string): Promise<void> {
    const pause = run.restarts.failed()
    this.enter(run, { phase: 'restarting', reason, step: run.checkpoint?.step ?? 0 })
    if (pause === null) this.ask(run, reason, ` It ended ${RestartPolicy.words}, so it is not started again by itself.`)
    else if (!(await this.options.automatic())) this.ask(run, reason, '')
    else if (isRestarting(run)) {
      this.clear()
      this.timer = setTimeout(() => void this.restart(run, reason), pause)
    }
  }

  /** Somebody decides what becomes of the run. */
  cancel(run: CurrentRun): void {
    this.clear()
    run.recovery = null
    run.restarts.forgive()
  }

  /**
   * A person wants the run to go on now. Where that fails they are asked again, as before.
   * @throws LaminaError why it cannot be loaded
   */
  async loadNow(run: CurrentRun): Promise<void> {
    const { recovery } = run
    this.cancel(run)
    try {
      await this.options.load(run)
    } catch (error) {
      if (recovery !== null && run.recovery === null && run.lost === null) {
        if (recovery.phase === 'asking') run.recovery = recovery
        else this.ask(run, recovery.reason, ` It could not go on: ${messageOf(error)}`)
      }
      throw error
    }
  }

  /** Nothing is started any more. */
  close(): void {
    this.closed = true
    this.clear()
  }

  private async restart(run: CurrentRun, reason: string): Promise<void> {
    const { recovery } = run
    // Somebody decided meanwhile, or the process ended while it was starting, which was counted then.
    const isOvertaken = (): boolean => this.closed || run.recovery !== recovery
    try {
      await this.options.load(run)
      if (isOvertaken()) return
      const { step } = run.progress
      if (run.progress.state !== 'finished') run.advance(await this.options.resume())
      this.enter(run, { phase: 'resumed', reason, step })
      run.recovery = null
    } catch (error) {
      if (!isOvertaken()) this.ask(run, reason, ` It could not go on by itself: ${messageOf(error)}`)
    }
  }

  private ask(run: CurrentRun, reason: string, why: string): void {
    const step = run.checkpoint?.step ?? 0
    run.fail(
      new LaminaError(
        'workerFailed',
        `The training worker ${reason}.${why} Resume goes on from ${step === 0 ? 'the beginning' : `step ${step}`}.`,
        { worker: 'training', reason, step }
      )
    )
    this.enter(run, { phase: 'asking', reason, step })
    if (run.error !== null) this.options.failed(run, run.error)
  }

  private enter(run: CurrentRun, recovery: Recovery): void {
    run.recovery = recovery
    if (recovery.phase === 'restarting') run.progress = { ...run.progress, state: 'loading', stepsPerSecond: 0 }
    this.options.tell(run, recovery)
  }

  private clear(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }
}

function isRestarting(run: CurrentRun): boolean {
  return run.lost === null && run.recovery?.phase === 'restarting'
}
