import type { RunState } from '../../shared/training-run'
import type { TrainingWorkerContract } from '../../shared/workers/training'
import type { WorkerSlot } from '../workers/worker-slot'
import type { CurrentRun } from './current-run'

/** While training, weights are fetched about this often: for whoever wants them when the worker is gone. */
const INTERVAL_MS = 10_000
const settledStates: readonly RunState[] = ['paused', 'finished', 'stopped', 'failed']

/** Fetches the weights of a run when it came to rest, and now and then while it goes on. */
export class WeightsFetcher {
  private fetchedAt = 0
  private fetching = false

  /** @param fetched there are new ones, in `run.snapshot` */
  constructor(
    private readonly training: WorkerSlot<TrainingWorkerContract>,
    private readonly fetched: () => void,
    private readonly failed: (run: CurrentRun, error: unknown) => void
  ) {}

  /** Another run begins. */
  begin(): void {
    this.fetchedAt = Date.now()
  }

  keepUp(run: CurrentRun): void {
    const { state } = run.progress
    const settled = settledStates.includes(state) && run.fetchedAt !== run.place
    const due = state === 'running' && Date.now() - this.fetchedAt >= INTERVAL_MS
    if ((!settled && !due) || this.fetching || run.lost !== null || !run.loaded) return
    this.fetching = true
    this.fetchedAt = Date.now()
    run.fetchedAt = run.place
    this.training
      .request('weights', {})
      .then(
        (snapshot) => {
          if (run.lost !== null) return
          run.snapshot = snapshot
          this.fetched()
        },
        (error: unknown) => this.failed(run, error)
      )
      .finally(() => {
        this.fetching = false
        // It may have come to rest meanwhile.
        this.keepUp(run)
      })
  }
}
