import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Chunk } from '../../src/engine/engine'
import { EpochCollector } from '../../src/engine/training/epoch-collector'
import { numericalFailure } from '../../src/engine/training/failure'
import { FramePacer } from '../../src/engine/training/frame-pacer'
import { Mutex } from '../../src/engine/training/mutex'
import { RateMeter } from '../../src/engine/training/rate-meter'
import { StepBucketCollector } from '../../src/engine/training/step-buckets'
import { DEFAULT_BUCKETS } from '../../src/shared/series'
import { chain, TestNumbers } from './networks'
import { manifestOf } from './prepared'
import { randomSamples } from './networks'

const LAYERS = 2

function chunkOf(steps: number, changes: Partial<Chunk> = {}, seed = steps): Chunk {
  const numbers = new TestNumbers(seed)
  const array = (length: number): Float64Array => Float64Array.from(numbers.array(length, 0, 1))
  return {
    steps,
    loss: array(steps),
    gradientNorms: array(steps * LAYERS),
    updateRatios: array(steps * LAYERS),
    epochs: [],
    stoppedEarly: false,
    failure: null,
    seconds: 1,
    ...changes
  }
}

describe('step buckets', () => {
  test('cover all steps in order, however they come, with exact means and bounds', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 12 })
    fc.assert(
      fc.property(lengths, (steps) => {
        const collector = new StepBucketCollector(LAYERS, 8)
        const ratios: number[] = []
        for (const [seed, length] of steps.entries()) {
          const chunk = chunkOf(length, {}, seed)
          collector.add(chunk, ratios.length + 1)
          for (let s = 0; s < length; s++) ratios.push(chunk.updateRatios[s * LAYERS + 1] ?? Number.NaN)
        }
        const { last, count, updateRatios } = collector.take()
        expect(count.length).toBeLessThanOrEqual(9)
        expect(count.reduce((a, b) => a + b, 0)).toBe(ratios.length)
        expect(count.at(-1) ?? 1).toBe(1)
        let done = 0
        for (const [bucket, width] of count.entries()) {
          const of = ratios.slice(done, done + width)
          done += width
          expect(last[bucket]).toBe(done)
          expect(updateRatios[1]?.mean[bucket]).toBeCloseTo(of.reduce((a, b) => a + b, 0) / width, 12)
          expect(updateRatios[1]?.min[bucket]).toBe(Math.min(...of))
          expect(updateRatios[1]?.max[bucket]).toBe(Math.max(...of))
        }
      })
    )
  })

  test('are single steps while there is room, and again after a frame', () => {
    const collector = new StepBucketCollector(LAYERS, 8)
    collector.add(chunkOf(9), 1)
    expect(collector.take()).toMatchObject({ last: [1, 2, 3, 4, 5, 6, 7, 8, 9], count: [1, 1, 1, 1, 1, 1, 1, 1, 1] })
    collector.add(chunkOf(10), 10)
    expect(collector.take()).toMatchObject({ last: [11, 13, 15, 17, 18, 19], count: [2, 2, 2, 2, 1, 1] })
    collector.add(chunkOf(2), 20)
    expect(collector.take()).toMatchObject({ last: [20, 21], count: [1, 1] })
    expect(collector.take()).toMatchObject({ last: [], count: [] })
  })

  test('of a long run come as wide as whoever keeps the whole run makes them, the last step alone', () => {
    const collector = new StepBucketCollector(LAYERS, 64)
    const done = 8 * DEFAULT_BUCKETS
    collector.add(chunkOf(1), done)
    collector.take()
    collector.add(chunkOf(33), done + 1)
    expect(collector.take().count).toEqual([8, 8, 8, 8, 1])
  })

  test('say null where a number was not finite', () => {
    const collector = new StepBucketCollector(LAYERS, 8)
    collector.add(chunkOf(1, { updateRatios: Float64Array.of(Number.POSITIVE_INFINITY, 2) }), 1)
    expect(collector.take().updateRatios).toEqual([
      { mean: [null], min: [null], max: [null] },
      { mean: [2], min: [2], max: [2] }
    ])
  })
})

describe('epoch records', () => {
  /** Epochs first … last of one step each. */
  const epochs = (first: number, last: number): Chunk =>
    chunkOf(last - first + 1, {
      epochs: Array.from({ length: last - first + 1 }, (_, i) => ({
        epoch: first + i,
        step: first + i,
        trainLoss: 1 / (first + i),
        trainMetric: 0.5,
        validationLoss: null,
        validationMetric: 0.25,
        learningRate: 0.1
      }))
    })

  test('are all kept when asked for', () => {
    const collector = new EpochCollector(LAYERS, true, 10, null)
    collector.add(epochs(1, 500), 1, 0, 5)
    expect(collector.waiting).toBe(500)
    const records = collector.take()
    expect(records.map((record) => record.epoch)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))
    expect(records[3]).toMatchObject({
      step: 4,
      trainLoss: 0.25,
      trainMetric: 5,
      validationLoss: null,
      validationMetric: 2.5
    })
    expect(records[99]?.seconds).toBeCloseTo(1, 12)
    expect(collector.take()).toEqual([])
  })

  test('are all there of a short run, however fast it was', () => {
    const collector = new EpochCollector(LAYERS, false, 1, null)
    collector.add(epochs(1, 100), 1, 0, 5)
    expect(collector.take()).toHaveLength(100)
  })

  test('are thinned evenly otherwise, the last one kept', () => {
    const collector = new EpochCollector(LAYERS, false, 1, null)
    collector.add(epochs(1, 499), 1, 0, 5)
    const kept = collector.take().map((record) => record.epoch)
    expect(kept.length).toBeLessThanOrEqual(257)
    expect(kept.at(-1)).toBe(499)
    expect(kept.slice(0, -1)).toEqual(Array.from({ length: kept.length - 1 }, (_, i) => (i + 1) * (kept[0] ?? 0)))
    // Slower from here on: everything is kept again after a few frames.
    for (let epoch = 500; epoch < 510; epoch++) {
      collector.add(epochs(epoch, epoch), epoch, 5, 1)
      expect(collector.take().map((record) => record.epoch)).toEqual([epoch])
    }
  })

  test('carry mean gradient norms of an epoch that spans chunks', () => {
    const collector = new EpochCollector(LAYERS, false, 1, null)
    collector.add(chunkOf(2, { gradientNorms: Float64Array.of(1, 10, 2, 20) }), 1, 0, 1)
    const measured = { trainLoss: 1, trainMetric: 1, validationLoss: Number.NaN, validationMetric: 1 }
    const result = { epoch: 1, step: 3, ...measured, learningRate: 0.1 }
    collector.add(chunkOf(2, { gradientNorms: Float64Array.of(6, 60, 7, 70), epochs: [result] }), 3, 1, 1)
    expect(collector.take()).toEqual([{ ...result, validationLoss: null, gradientNorms: [3, 30], seconds: 1.5 }])
    // An evaluation that was cut off ends its epoch in a chunk without steps.
    collector.add(chunkOf(0, { epochs: [{ ...result, epoch: 2, step: 4 }] }), 5, 2, 1)
    expect(collector.take()).toMatchObject([{ epoch: 2, gradientNorms: [7, 70], seconds: 3 }])
  })

  test('have the best one among them with early stopping, told once and in order', () => {
    const collector = new EpochCollector(LAYERS, false, 1, { patience: 1000, minimumImprovement: 0 })
    const losses = Array.from({ length: 499 }, (_, i) => (i === 300 ? 0.001 : 1 / (i + 1)))
    const chunk = epochs(1, 499)
    collector.add({ ...chunk, epochs: chunk.epochs.map((e, i) => ({ ...e, trainLoss: losses[i] ?? 1 })) }, 1, 0, 5)
    expect(collector.best?.epoch).toBe(301)
    expect(collector.latest?.epoch).toBe(499)
    const taken = collector.take()
    const kept = taken.map((record) => record.epoch)
    expect(taken.find((record) => record.epoch === 301)).toMatchObject({
      trainLoss: 0.001,
      gradientNorms: [chunk.gradientNorms[600], chunk.gradientNorms[601]]
    })
    expect(kept).toEqual(kept.toSorted((a, b) => a - b))
    expect([kept.at(-1), new Set(kept).size]).toEqual([499, kept.length])
    collector.add(epochs(500, 501), 500, 5, 1)
    expect(collector.take().map((record) => record.epoch)).not.toContain(301)
    expect([collector.best?.epoch, collector.latest?.epoch]).toEqual([301, 501])
  })
})

describe('frame pacing', () => {
  const make = (): { pacer: FramePacer; sent: number[]; clock: { now: number } } => {
    const sent: number[] = []
    const clock = { now: 1000 }
    return {
      pacer: new FramePacer(
        (sequence) => sent.push(sequence),
        () => clock.now
      ),
      sent,
      clock
    }
  }

  test('sends what is offered no more often than 20 times a second', () => {
    const { pacer, sent, clock } = make()
    for (; clock.now < 2000; clock.now += 5) {
      pacer.offer()
      pacer.acknowledge(sent.length)
    }
    expect(sent.length).toBeGreaterThanOrEqual(18)
    expect(sent.length).toBeLessThanOrEqual(21)
    expect(sent).toEqual(sent.map((_, i) => i + 1))
  })

  test('keeps at most two frames unacknowledged', () => {
    const { pacer, sent, clock } = make()
    for (let i = 0; i < 10; i++, clock.now += 100) pacer.offer()
    expect(sent).toEqual([1, 2])
    pacer.acknowledge(1)
    pacer.offer()
    pacer.offer()
    expect(sent).toEqual([1, 2, 3])
    pacer.acknowledge(100)
    clock.now += 100
    pacer.offer()
    expect(sent).toEqual([1, 2, 3, 4])
    // Acknowledging a frame of the future did not make room for it.
    clock.now += 100
    pacer.offer()
    clock.now += 100
    pacer.offer()
    expect(sent).toEqual([1, 2, 3, 4, 5])
  })

  test('flushes at once or as soon as there is room, and then calls back', () => {
    const { pacer, sent } = make()
    const order: string[] = []
    pacer.flush(() => order.push(`first after ${sent.length}`))
    pacer.flush()
    pacer.flush(() => order.push(`third after ${sent.length}`))
    expect([sent, order]).toEqual([[1, 2], ['first after 1']])
    pacer.acknowledge(1)
    expect([sent, order]).toEqual([
      [1, 2, 3],
      ['first after 1', 'third after 3']
    ])
  })

  test('lets others wait for room, and sends nothing once closed', async () => {
    const { pacer, sent, clock } = make()
    await pacer.whenRoom()
    pacer.flush()
    pacer.flush()
    const released: string[] = []
    const acknowledged = pacer.whenRoom().then(() => released.push('acknowledged'))
    expect(released).toEqual([])
    pacer.acknowledge(1)
    await acknowledged
    pacer.flush()
    const stopped = pacer.whenRoom().then(() => released.push('stopped'))
    pacer.stopWaiting()
    await stopped
    const closed = pacer.whenRoom().then(() => released.push('closed'))
    pacer.close()
    await closed
    expect(released).toEqual(['acknowledged', 'stopped', 'closed'])
    pacer.acknowledge(3)
    clock.now += 1000
    pacer.offer()
    pacer.flush()
    expect(sent).toEqual([1, 2, 3])
    await pacer.whenRoom()
  })
})

test('the rate is that of the last second', () => {
  const meter = new RateMeter()
  expect(meter.perSecond).toBe(0)
  for (let i = 0; i < 100; i++) meter.add(10, 0.1)
  expect(meter.perSecond).toBeCloseTo(100, 9)
  for (let i = 0; i < 20; i++) meter.add(5, 0.1)
  expect(meter.perSecond).toBeCloseTo(50, 9)
  meter.add(1, 4)
  expect(meter.perSecond).toBeCloseTo(0.25, 9)
})

test('a mutex keeps order and survives errors', async () => {
  const mutex = new Mutex()
  const order: number[] = []
  const work = [3, 1, 2].map((value) =>
    mutex.run(async () => {
      for (let i = 0; i < value; i++) await Promise.resolve()
      order.push(value)
      if (value === 1) throw new Error('one')
      return value * 10
    })
  )
  expect(
    (await Promise.allSettled(work)).map((result) =>
      result.status === 'fulfilled' ? result.value : String(result.reason)
    )
  ).toEqual([30, 'Error: one', 20])
  expect(order).toEqual([3, 1, 2])
})

describe('a numerical failure', () => {
  const network = chain([2, 3, 1], ['relu', 'identity'], 'meanSquaredError')
  const context = {
    network,
    preprocessing: manifestOf({ plan: network, train: randomSamples(network, 3), targetScale: 1 }).preprocessing,
    learningRate: 0.1,
    gradientClipNorm: null
  }
  test('says what became infinite, where, and what to do', () => {
    expect(numericalFailure({ step: 1, quantity: 'loss', layer: null }, context).message).toBe(
      'Training stopped at step 1: the loss is no longer finite (NaN or infinite). No weight was changed. Lower the learning rate (now 0.1), or clip gradients (off now).'
    )
    expect(
      numericalFailure({ step: 8, quantity: 'weights', layer: 1 }, { ...context, gradientClipNorm: 5 }).toData()
    ).toEqual({
      code: 'numericalFailure',
      message:
        'Training stopped at step 8: the update makes the weights of layer "dense-2" no longer finite (NaN, infinite or beyond float32). The weights of step 7 are kept. Lower the learning rate (now 0.1), or clip gradients harder (now at 5).',
      details: { step: 8, quantity: 'weights', layer: 'dense-2', learningRate: 0.1, gradientClipNorm: 5 }
    })
  })
  test('suggests scaling when features are not scaled', () => {
    const { preprocessing } = manifestOf({
      plan: network,
      train: randomSamples(network, 3),
      targetScale: 1,
      scaling: 'none'
    })
    expect(
      numericalFailure({ step: 2, quantity: 'gradient', layer: 0 }, { ...context, preprocessing }).message
    ).toMatch(
      /Lower the learning rate \(now 0\.1\), clip gradients \(off now\), or scale the features \(not scaled now: "x0", "x1"\)\.$/
    )
  })
})
