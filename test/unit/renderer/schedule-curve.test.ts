import { describe, expect, it } from 'vitest'
import { LearningRateSchedule } from '../../../src/engine/reference/schedule'
import { isForeseen, rateShare, schedulePath, scheduleText } from '../../../src/renderer/inspector/schedule-curve'
import type { ScheduleSettings } from '../../../src/shared/catalogue/schedules'

const EPOCHS = 40
const foreseen: readonly ScheduleSettings[] = [
  { type: 'constant', warmupEpochs: 4 },
  { type: 'step', factor: 0.5, everyEpochs: 10, warmupEpochs: 0 },
  { type: 'step', factor: 0.1, everyEpochs: 7, warmupEpochs: 2 },
  { type: 'exponential', factor: 0.9, warmupEpochs: 0 },
  { type: 'exponential', factor: 0.9, warmupEpochs: 3 },
  { type: 'cosine', endShare: 0.1, warmupEpochs: 5 }
]

describe('the curve of a schedule', () => {
  it.each(foreseen)('is what the engine computes: %o', (schedule) => {
    const stepsPerEpoch = 1000
    const engine = new LearningRateSchedule(schedule, stepsPerEpoch, EPOCHS)
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      const drawn = rateShare(schedule, EPOCHS, epoch)
      // Within a warm-up the engine is one step ahead of the line.
      expect(Math.abs(drawn - engine.factor(epoch * stepsPerEpoch))).toBeLessThan(1.1 / stepsPerEpoch)
    }
  })
  it('starts at the base rate and ends where the text says', () => {
    const cosine: ScheduleSettings = { type: 'cosine', endShare: 0.25, warmupEpochs: 0 }
    const path = schedulePath(cosine, EPOCHS, 100, 40)
    expect([path.startsWith('M0.0 0.00L'), path.endsWith('L100.0 30.00')]).toEqual([true, true])
    expect(scheduleText(cosine, 0.01, EPOCHS)).toBe(
      'Falls from 0.01 to 0.0025 along half a cosine wave until epoch 40.'
    )
  })
  it('does not fall once more at the very end', () => {
    const step: ScheduleSettings = { type: 'step', factor: 0.5, everyEpochs: 20, warmupEpochs: 0 }
    expect(schedulePath(step, EPOCHS, 100, 40).endsWith('L100.0 20.00')).toBe(true)
    expect(scheduleText(step, 0.1, EPOCHS)).toBe('Times 0.5 every 20 epochs, down to 0.05 in epoch 40.')
  })
  it('is words alone for a plateau, and nothing for a constant rate', () => {
    const plateau: ScheduleSettings = {
      type: 'reduceOnPlateau',
      factor: 0.5,
      patience: 1,
      endShare: 0.001,
      warmupEpochs: 2
    }
    expect([isForeseen(plateau), isForeseen({ type: 'constant', warmupEpochs: 0 })]).toEqual([false, false])
    expect(scheduleText(plateau, 0.01, EPOCHS)).toBe(
      'Rises to 0.01 over 2 epochs. Training decides when: times 0.5 after more than 1 epoch without a smaller loss, never below 1e-5.'
    )
  })
  it('says when the warm-up never ends', () => {
    expect(scheduleText({ type: 'exponential', factor: 0.9, warmupEpochs: 80 }, 0.01, EPOCHS)).toBe(
      'The warm-up is not over before training is: the rate reaches 0.005 of 0.01.'
    )
    expect(scheduleText({ type: 'cosine', endShare: 0, warmupEpochs: EPOCHS }, 0.01, EPOCHS)).toBe(
      'The warm-up is not over before training is: the rate reaches 0.01 of 0.01.'
    )
  })
})
