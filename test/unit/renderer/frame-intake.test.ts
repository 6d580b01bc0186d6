import { describe, expect, it } from 'vitest'
import { FrameIntake } from '../../../src/renderer/training/frame-intake.svelte'
import type { RunState } from '../../../src/shared/training-run'
import { frame, progressAt, run } from '../../support/progress'

/** What a window shows, which changes with every frame that is newer than the rest. */
function window(): { intake: FrameIntake; shown: string[]; told: string[] } {
  let state: RunState = 'paused'
  const shown: string[] = []
  const told: string[] = []
  const intake = new FrameIntake({
    state: () => state,
    nameOf: (id) => id,
    cost: () => 0,
    took: (_data, { sequence }, _warnings, when) => told.push(`${sequence} ${when}`),
    progressed: (progress) => {
      state = progress.state
      shown.push(`${progress.state} ${progress.step}`)
    },
    wentBack: (step) => shown.push(`back at ${step}`)
  })
  intake.begin(run)
  return { intake, shown, told }
}

describe('the frames of a run', () => {
  it('say nothing of its state that is older than its failure, and lift it when they are newer', () => {
    const { intake, shown } = window()
    intake.receive(frame(1, progressAt('running', 10), 0))
    intake.overtake(3)
    intake.receive(frame(2, progressAt('finished', 20), 10))
    expect(shown).toEqual(['running 10'])
    expect(intake.data?.steps.lastStep).toBe(20)
    intake.receive(frame(5, progressAt('loading', 12), 10, 10))
    expect(shown).toEqual(['running 10', 'back at 10', 'loading 12'])
    expect(intake.data?.steps.lastStep).toBe(12)
  })

  it('give way to a newer answer while they wait to be shown', () => {
    const { intake, shown } = window()
    intake.receive(frame(1, progressAt('running', 10), 0))
    intake.receive(frame(2, progressAt('running', 11), 10))
    intake.answered(progressAt('paused', 11))
    intake.flush()
    expect(shown).toEqual(['running 10', 'paused 11'])
  })

  it('that tell the whole run again replace what was there', () => {
    const { intake, told } = window()
    intake.receive(frame(1, progressAt('running', 10), 0))
    intake.receive(frame(2, progressAt('running', 20), 0))
    expect(told).toEqual(['1 live', '2 again'])
    expect([...(intake.data?.steps.count ?? [])].reduce((sum, count) => sum + count, 0)).toBe(20)
  })

  it('wait for their run to be known', () => {
    const { intake } = window()
    for (let sequence = 1; sequence <= 6; sequence++)
      intake.keepEarly(sequence === 3 ? 'other' : 'run', frame(sequence, progressAt('running', sequence), sequence - 1))
    expect(intake.takeEarly('run').map(({ sequence }) => sequence)).toEqual([4, 5, 6])
    expect(intake.takeEarly('run')).toEqual([])
  })
})
