import type { CheckpointIdentity, RunSnapshot } from '../../shared/checkpoint'
import type { TrainerSnapshot } from '../engine'

/** A run at one moment: what a checkpoint file holds. */
export interface Checkpoint {
  readonly identity: CheckpointIdentity
  readonly arithmetic: string
  readonly trainer: TrainerSnapshot
  readonly run: RunSnapshot
}
