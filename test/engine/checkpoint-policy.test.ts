import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { WrittenCheckpoint } from '../../src/shared/workers/training'
import type { Checkpoint } from '../../src/engine/checkpoints/checkpoint'
import { CheckpointKeeper } from '../../src/engine/checkpoints/keeper'
import { referenceEngine } from '../../src/engine/reference'
import { FramePacer } from '../../src/engine/training/frame-pacer'
import { PulseMeter } from '../../src/engine/training/pulse'
import { denseOperations } from '../../src/shared/network/plan'
import { temporaryFolder } from '../support/temporary-folder'
import { chain, randomSamples, trainerOptions } from './networks'

const folder = temporaryFolder()
const network = chain([2, 2], ['softmax'], 'crossEntropy')

function checkpointAt(step: number): Checkpoint {
  const trainer = referenceEngine.createTrainer(trainerOptions(network, randomSamples(network, 4)))
  return {
    identity: {
      engine: { name: 'reference', precision: 'float64' },
      design: '',
      seed: 1,
      dataset: { id: '', name: '', sha256: '' }
    },
    arithmetic: '',
    trainer: { ...trainer.snapshot(), step },
    run: {
      seconds: 0,
      stoppedEarly: false,
      epochs: { normSums: [], normCount: 0, earlyStopping: null, best: null, latest: null }
    }
  }
}

describe('when checkpoints are written', () => {
  test('the first after a second, others when 60 times as long has passed as one took, but 5 s at least', async () => {
    let now = 1000
    // What writing costs: capturing takes that long.
    let cost = 10
    const told: WrittenCheckpoint[] = []
    const keeper = new CheckpointKeeper(
      join(folder, 'a'),
      denseOperations(network),
      { checkpointed: (written) => void told.push(written), checkpointFailed: () => expect.unreachable() },
      () => Promise.resolve(),
      () => now
    )
    const keep = (): Promise<WrittenCheckpoint> =>
      keeper.keep(() => {
        now += cost
        return checkpointAt(told.length)
      })
    expect(keeper.isDue).toBe(false)
    keeper.begin()
    now += 999
    expect(keeper.isDue).toBe(false)
    now += 1
    expect(keeper.isDue).toBe(true)
    const first = keep()
    expect(keeper.isDue).toBe(false)
    await first
    now += 4999
    expect(keeper.isDue).toBe(false)
    now += 1
    expect(keeper.isDue).toBe(true)
    cost = 200
    await keep()
    now += 11_999
    expect(keeper.isDue).toBe(false)
    now += 1
    expect(keeper.isDue).toBe(true)
    // A person changed something: not while one is being written, but right after it.
    const third = keep()
    keeper.hurry()
    expect(keeper.isDue).toBe(false)
    await third
    expect(keeper.isDue).toBe(true)
    await keep()
    expect(keeper.isDue).toBe(false)
    expect(told.map(({ step }) => step)).toEqual([0, 1, 2, 3])
  })

  test('a state that cannot be copied is told as one that cannot be written, once', async () => {
    const told: string[] = []
    const keeper = new CheckpointKeeper(
      join(folder, 'c'),
      denseOperations(network),
      { checkpointed: () => expect.unreachable(), checkpointFailed: ({ message }) => void told.push(message) },
      () => Promise.resolve()
    )
    const tooLarge = (): never => {
      throw new RangeError('Array buffer allocation failed')
    }
    await expect(keeper.keep(tooLarge)).rejects.toMatchObject({ code: 'writeFailed' })
    await expect(keeper.keep(tooLarge)).rejects.toMatchObject({ code: 'writeFailed' })
    expect(told).toEqual([expect.stringContaining('cannot be copied (Array buffer allocation failed)')])
    expect(keeper.isBusy).toBe(false)
  })

  test('one after the other, and none before what it follows was delivered', async () => {
    const told: number[] = []
    const deliveries: (() => void)[] = []
    const keeper = new CheckpointKeeper(
      join(folder, 'b'),
      denseOperations(network),
      { checkpointed: ({ step }) => void told.push(step), checkpointFailed: () => expect.unreachable() },
      () => new Promise((resolve) => deliveries.push(resolve))
    )
    const kept = [1, 2].map((step) => keeper.keep(() => checkpointAt(step)))
    expect(deliveries).toHaveLength(2)
    deliveries[1]?.()
    expect(readdirSync(folder)).not.toContain('b')
    deliveries[0]?.()
    await Promise.all(kept)
    expect(told).toEqual([1, 2])
  })
})

describe('delivery of frames', () => {
  test('settles when the frame that has everything was acknowledged', async () => {
    const sent: number[] = []
    const pacer = new FramePacer((sequence) => void sent.push(sequence))
    const settled: string[] = []
    const first = pacer.delivered().then(() => settled.push('first'))
    const second = pacer.delivered().then(() => settled.push('second'))
    // No room: this one waits until a frame may be sent.
    const third = pacer.delivered().then(() => settled.push('third'))
    expect(sent).toEqual([1, 2])
    pacer.acknowledge(2)
    await Promise.all([first, second])
    expect(settled).toEqual(['first', 'second'])
    expect(sent).toEqual([1, 2, 3])
    const fourth = pacer.delivered()
    const waiting = pacer.delivered()
    expect(sent).toEqual([1, 2, 3, 4])
    pacer.close()
    await Promise.all([third, fourth, waiting, pacer.delivered()])
  })
})

describe('the pulse of a chunk', () => {
  test('is counted from its last sign of progress, and its limit follows what is usual', () => {
    let now = 0
    const trainer = { beats: 0 }
    const pulse = new PulseMeter(trainer, 1000, 1024, () => now)
    expect(pulse.read()).toBeNull()
    pulse.begin()
    now = 300
    expect(pulse.read()?.milliseconds).toBe(300)
    trainer.beats = 1
    now = 400
    expect(pulse.read()?.milliseconds).toBe(0)
    now = 460
    expect(pulse.read()?.milliseconds).toBe(60)
    // The machine slept.
    now += 3_600_000
    expect(pulse.read()?.milliseconds).toBe(1060)
    trainer.beats = 10
    pulse.end(7000)
    expect(pulse.read()).toBeNull()
    pulse.begin()
    // A step takes 700 ms.
    expect(pulse.read()).toEqual({ milliseconds: 0, limit: 12_000 })
  })
})
