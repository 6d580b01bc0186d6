import { z } from 'zod'
import { integer, number, shapeOf, type Parameters, type ValuesOf } from './parameter'

const warmupEpochs = number({
  label: 'Warm-up',
  help: 'Epochs, or a part of one, over which the learning rate rises evenly from near 0 before the schedule begins.',
  default: 0,
  min: 0,
  max: 1_000_000,
  scale: 'linear'
})

/**
 * How the learning rate changes while training. With η the rate that was set, w the warm-up, T the epochs planned and
 * e = (steps done) / (steps per epoch), which is PyTorch's epoch whenever an epoch starts: for e < w the rate is
 * η · (steps done + 1) / ⌈w · steps per epoch⌉, and afterwards the formula of the schedule with e − w for e. Whether the
 * loss is on a plateau is watched from the first epoch on, that of the warm-up included.
 */
export const schedules = {
  constant: {
    label: 'Constant',
    help: 'The same rate all the time.',
    formula: 'η',
    parameters: { warmupEpochs }
  },
  step: {
    label: 'Step',
    help: 'Multiplies the rate by the factor every so many epochs.',
    formula: 'η · factor^⌊e / every⌋',
    parameters: {
      factor: number({
        label: 'Factor',
        help: 'What the rate is multiplied by.',
        default: 0.5,
        min: 1e-6,
        max: 1,
        scale: 'linear'
      }),
      everyEpochs: integer({
        label: 'Every',
        help: 'Epochs from one change of the rate to the next.',
        default: 30,
        min: 1,
        max: 1_000_000
      }),
      warmupEpochs
    }
  },
  exponential: {
    label: 'Exponential',
    help: 'Multiplies the rate by the factor over every epoch, a little at each step.',
    formula: 'η · factor^e',
    parameters: {
      factor: number({
        label: 'Factor',
        help: 'What is left of the rate after one epoch.',
        default: 0.98,
        min: 1e-6,
        max: 1,
        scale: 'linear'
      }),
      warmupEpochs
    }
  },
  cosine: {
    label: 'Cosine',
    help: 'Falls along half a cosine wave, slowly at both ends, and reaches its end with the last epoch.',
    formula: 'η · (end + (1 − end) · (1 + cos(π e / (T − w))) / 2)',
    parameters: {
      endShare: number({
        label: 'End',
        help: 'The share of the rate that is left at the end.',
        default: 0,
        min: 0,
        max: 1,
        scale: 'linear'
      }),
      warmupEpochs
    }
  },
  reduceOnPlateau: {
    label: 'Reduce on plateau',
    help: 'Multiplies the rate by the factor when the loss has stopped getting smaller.',
    formula: 'η · factor^(plateaus so far)',
    parameters: {
      factor: number({
        label: 'Factor',
        help: 'What the rate is multiplied by.',
        default: 0.5,
        min: 1e-6,
        max: 0.999999,
        scale: 'linear'
      }),
      patience: integer({
        label: 'Patience',
        help: 'Epochs without a smaller validation loss (training loss without validation rows) that are put up with.',
        default: 10,
        min: 0,
        max: 1_000_000
      }),
      endShare: number({
        label: 'End',
        help: 'The share of the rate below which it is not reduced.',
        default: 0.001,
        min: 0,
        max: 1,
        scale: 'log'
      }),
      warmupEpochs
    }
  }
} as const satisfies Record<string, { label: string; help: string; formula: string; parameters: Parameters }>

export type ScheduleName = keyof typeof schedules
/** Settings of one schedule as documents, messages and the engines carry them. */
export type ScheduleSettings = {
  [N in ScheduleName]: { type: N } & ValuesOf<(typeof schedules)[N]['parameters']>
}[ScheduleName]

const entries = Object.entries(schedules).map(([name, { parameters }]) =>
  z.strictObject({ type: z.literal(name), ...(shapeOf(parameters as Parameters) as Record<string, z.ZodType>) })
)
type Entry = (typeof entries)[number]
/** Null is a constant rate without warm-up. */
export const scheduleSchema = z
  .discriminatedUnion('type', entries as [Entry, ...Entry[]])
  .nullable() as unknown as z.ZodType<ScheduleSettings | null>
export const scheduleNames = Object.keys(schedules) as ScheduleName[]

/** When a run ends before its last epoch. The loss looked at is that of a schedule on a plateau. */
export const earlyStoppingParameters = {
  patience: integer({
    label: 'Patience',
    help: 'Epochs without a smaller validation loss (training loss without validation rows) after which training ends.',
    default: 20,
    min: 1,
    max: 1_000_000
  }),
  minimumImprovement: number({
    label: 'Least improvement',
    help: 'How much smaller than the best so far a loss must be to count as better.',
    default: 0,
    min: 0,
    max: 1_000_000,
    scale: 'log'
  })
} as const
export type EarlyStoppingSettings = ValuesOf<typeof earlyStoppingParameters>
export const earlyStoppingSchema: z.ZodType<EarlyStoppingSettings | null> = z
  .strictObject(shapeOf(earlyStoppingParameters))
  .nullable()
