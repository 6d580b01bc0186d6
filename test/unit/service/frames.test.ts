import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FrameAccumulator } from '../../../src/service/training/frame-accumulator'
import { FrameFeed } from '../../../src/service/training/frame-feed'
import { RunBroadcast } from '../../../src/service/training/run-broadcast'
import type { Envelope, EpochRecord, MetricsFrame } from '../../../src/shared/training-run'

const same = (values: (number | null)[]): Envelope => ({ mean: values, min: values, max: values })

/** Frame `sequence` of one single-step bucket: its loss is the step's number. */
function frame(sequence: number, epochs: number[] = []): MetricsFrame {
  return {
    sequence,
    progress: {
      state: 'running',
      step: sequence,
      epoch: epochs.at(-1) ?? 0,
      epochs: 1_000_000,
      stepsPerEpoch: 1,
      learningRate: 0.1,
      scheduledRate: 0.1,
      bestEpoch: null,
      stoppedEarly: false,
      stepsPerSecond: 10,
      seconds: sequence / 10
    },
    steps: {
      last: [sequence],
      count: [1],
      loss: same([sequence]),
      gradientNorms: [same([null])],
      updateRatios: [same([2 * sequence])]
    },
    epochs: epochs.map(epoch),
    marks: sequence % 2 === 0 ? [{ step: sequence, learningRate: 0.1 }] : []
  }
}
function epoch(number: number): EpochRecord {
  return {
    epoch: number,
    step: number,
    trainLoss: 1 / number,
    validationLoss: null,
    trainMetric: 0.5,
    validationMetric: null,
    gradientNorms: [1],
    learningRate: 0.1,
    seconds: number
  }
}

describe('many frames as one', () => {
  it('are small however many layers a network has, the newest values exact', () => {
    const layers = 200
    const accumulator = new FrameAccumulator(layers)
    for (let number = 1; number <= 1500; number++) {
      const one = frame(number, [number])
      accumulator.add({
        ...one,
        steps: {
          ...one.steps,
          gradientNorms: Array.from({ length: layers }, () => same([Math.SQRT2 * number])),
          updateRatios: Array.from({ length: layers }, () => same([Math.PI * number]))
        },
        epochs: [{ ...epoch(number), gradientNorms: Array<number>(layers).fill(Math.SQRT2 * number) }]
      })
    }
    const merged = accumulator.frame()
    expect(JSON.stringify(merged).length).toBeLessThan(8e6)
    expect(merged?.steps.count.reduce((a, b) => a + b, 0)).toBe(1500)
    expect(merged?.steps.updateRatios[199]?.max.at(-1)).toBe(Math.PI * 1500)
    expect(merged?.epochs.at(-1)?.epoch).toBe(1500)
  })
  it('keep the best epoch however many come after it', () => {
    const accumulator = new FrameAccumulator(1)
    for (let number = 1; number <= 12_000; number++) {
      const arrived = frame(number, [number])
      const bestEpoch = number < 1234 ? number : 1234
      accumulator.add({ ...arrived, progress: { ...arrived.progress, bestEpoch } })
    }
    const kept = accumulator.frame()?.epochs.map((record) => record.epoch) ?? []
    expect(kept).toContain(1234)
    expect(kept.at(-1)).toBe(12_000)
    expect(kept.length).toBeLessThan(4200)
    // Epochs that were the best only for a while are thinned out with the others.
    expect(kept.filter((number) => number < 1234).length).toBeLessThan(700)
  })

  it('forget what came after the step that the run went back to', () => {
    const accumulator = new FrameAccumulator(1)
    for (let number = 1; number <= 9; number++) accumulator.add(frame(number, [number]))
    accumulator.add({ ...frame(10), rewind: 5, steps: { ...frame(10).steps, last: [6] }, marks: [] })
    accumulator.add({ ...frame(11), rewind: 6, steps: { ...frame(11).steps, last: [7] }, marks: [] })
    const merged = accumulator.frame()
    expect(merged?.rewind).toBe(5)
    expect(merged?.steps.last).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(merged?.epochs.map((record) => record.epoch)).toEqual([1, 2, 3, 4, 5])
    expect(merged?.marks.map((mark) => mark.step)).toEqual([2, 4])
  })

  it('are exactly what came while there is room', () => {
    const accumulator = new FrameAccumulator(1)
    expect(accumulator.frame()).toBeNull()
    accumulator.add(frame(1, [1]))
    accumulator.add(frame(2, [2]))
    accumulator.add(frame(3))
    expect(accumulator.frame()).toEqual({
      sequence: 3,
      progress: frame(3).progress,
      steps: {
        last: [1, 2, 3],
        count: [1, 1, 1],
        loss: same([1, 2, 3]),
        gradientNorms: [same([null, null, null])],
        updateRatios: [same([2, 4, 6])]
      },
      epochs: [epoch(1), epoch(2)],
      marks: [{ step: 2, learningRate: 0.1 }]
    })
  })

  it('stay bounded and still cover every step once', () => {
    const accumulator = new FrameAccumulator(1)
    const steps = 20_000
    for (let step = 1; step <= steps; step++) accumulator.add(frame(step, [step]))
    const merged = accumulator.frame()
    if (merged === null) throw new Error('There is no frame.')
    const { last, count, loss } = merged.steps
    expect(last.length).toBeLessThanOrEqual(2048)
    expect(last.length).toBeGreaterThanOrEqual(1024)
    expect(count.reduce((sum, value) => sum + value, 0)).toBe(steps)
    expect(last.at(-1)).toBe(steps)
    expect([loss.min[0], loss.max.at(-1)]).toEqual([1, steps])
    // Evenly: no bucket holds more than its share of the whole run.
    expect(Math.max(...count)).toBeLessThanOrEqual(32)
    expect(merged.epochs.length).toBeLessThanOrEqual(2 * 2048)
    expect(merged.epochs.length).toBeGreaterThan(1024)
    expect([merged.epochs[0], merged.epochs.at(-1)]).toEqual([epoch(1), epoch(steps)])
    expect(merged.marks.length).toBe(1024)
  })
})

describe('the frames of one client', () => {
  it('come as they are while it keeps up, and merged when it does not', () => {
    const sent: MetricsFrame[] = []
    const feed = new FrameFeed(1, (one) => sent.push(one))
    for (let sequence = 1; sequence <= 5; sequence++) feed.push(frame(sequence))
    expect(sent.map((one) => one.sequence)).toEqual([1, 2])
    feed.acknowledge(1)
    expect(sent.map((one) => one.sequence)).toEqual([1, 2, 5])
    expect(sent[2]?.steps.last).toEqual([3, 4, 5])
    feed.push(frame(6))
    feed.acknowledge(5)
    expect(sent[3]?.steps.last).toEqual([6])
  })
})

describe('a run and its clients', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function broadcast(everyEpoch = false): { run: RunBroadcast; acknowledged: number[] } {
    const acknowledged: number[] = []
    return { run: new RunBroadcast(1, (sequence) => acknowledged.push(sequence), everyEpoch), acknowledged }
  }

  it('without clients is acknowledged at once', () => {
    const { run, acknowledged } = broadcast()
    run.push(frame(1))
    run.push(frame(2))
    expect(acknowledged).toEqual([1, 2])
  })

  it('goes at the pace of the fastest client', () => {
    const { run, acknowledged } = broadcast()
    const slow: number[] = []
    run.attach('slow', (one) => slow.push(one.sequence))
    run.attach('fast', () => undefined)
    run.push(frame(1))
    expect(acknowledged).toEqual([])
    run.acknowledge('fast', 1)
    run.push(frame(2))
    run.push(frame(3))
    run.acknowledge('fast', 3)
    run.acknowledge('fast', 2)
    expect(acknowledged).toEqual([1, 3])
    expect(slow).toEqual([1, 2])
  })

  it('does not wait long for clients that are silent', () => {
    const { run, acknowledged } = broadcast()
    run.attach('silent', () => undefined)
    run.push(frame(1))
    run.push(frame(2))
    expect(acknowledged).toEqual([])
    vi.advanceTimersByTime(1000)
    expect(acknowledged).toEqual([2])
    run.push(frame(3))
    vi.advanceTimersByTime(1000)
    expect(acknowledged).toEqual([2, 3])
  })

  it('waits for whoever wants every epoch, so that none of them is thinned out', () => {
    const { run, acknowledged } = broadcast(true)
    run.attach('slow', () => undefined)
    run.push(frame(1))
    run.push(frame(2))
    vi.advanceTimersByTime(60_000)
    expect(acknowledged).toEqual([])
    run.acknowledge('slow', 1)
    expect(acknowledged).toEqual([1])
    run.detach('slow')
    expect(acknowledged).toEqual([1, 2])
  })

  it('shows all of itself to a client that comes late, once', () => {
    const { run } = broadcast()
    run.push(frame(1, [1]))
    run.push(frame(2))
    const seen: MetricsFrame[] = []
    run.attach('late', (one) => seen.push(one))
    run.attach('late', (one) => seen.push(one))
    run.push(frame(3))
    expect(seen.map((one) => one.steps.last)).toEqual([[1, 2], [3]])
    expect(seen[0]?.epochs).toEqual([epoch(1)])
  })

  it('goes on when the last client leaves', () => {
    const { run, acknowledged } = broadcast()
    run.attach('a', () => undefined)
    run.push(frame(1))
    run.detach('a')
    expect(acknowledged).toEqual([1])
    run.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})
