import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withOptimizer, withOptimizerValue, withTrainingValue } from '../../../src/renderer/inspector/training-edits'
import { doc } from '../../../src/renderer/state/document.svelte'
import { followDesign } from '../../../src/renderer/state/follow-design'
import { run } from '../../../src/renderer/state/run.svelte'
import { emptyDesign } from '../../../src/shared/network/propose'
import { progressAt } from '../../support/progress'

const running = progressAt('running', 80)
const setRate = (value: number, gesture?: string): void =>
  void doc.transact(
    'Change learning rate',
    (design) => withOptimizerValue(design, 'learningRate', value),
    gesture === undefined ? {} : { gesture }
  )

describe('a run that follows the design', () => {
  const rate = vi.spyOn(run, 'setLearningRate')
  const epochs = vi.spyOn(run, 'setEpochs')
  let stop: () => void
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('window', globalThis)
    rate.mockReset().mockResolvedValue(true)
    epochs.mockReset().mockResolvedValue(true)
    doc.replace({ design: emptyDesign(), table: null }, null)
    run.progress = running
    stop = followDesign()
  })
  afterEach(() => {
    stop()
    run.progress = null
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
  /** What was sent since the last call. */
  const sentRates = (): number[] => {
    vi.runAllTimers()
    const sent = rate.mock.calls.map(([value]) => value)
    rate.mockClear()
    return sent
  }

  it('takes over a learning rate that is edited, undone and redone', () => {
    setRate(0.002)
    expect(sentRates()).toEqual([0.002])
    run.progress = { ...running, learningRate: 0.002 }
    doc.undo()
    expect(sentRates()).toEqual([0.01])
    run.progress = running
    doc.redo()
    expect(sentRates()).toEqual([0.002])
  })
  it('goes back though it does not show the rate yet that is undone', () => {
    setRate(0.002)
    expect(sentRates()).toEqual([0.002])
    doc.undo()
    expect(sentRates()).toEqual([0.01])
  })
  it('hears of a scrub once', () => {
    for (const value of [0.009, 0.008, 0.007]) setRate(value, 'optimizer.learningRate')
    expect(sentRates()).toEqual([0.007])
  })
  it('keeps its rate when another setting, another optimizer or another document comes', () => {
    doc.transact('Change batch size', (design) => withTrainingValue(design, 'batchSize', 7))
    doc.undo()
    doc.transact('Use SGD', (design) => withOptimizer(design, 'sgd'))
    doc.undo()
    const other = withOptimizerValue(emptyDesign(), 'learningRate', 0.5)
    doc.replace({ design: other, table: null }, null)
    expect(sentRates()).toEqual([])
  })
  it('keeps its rate when it is over', () => {
    run.progress = { ...running, state: 'stopped' }
    setRate(0.002)
    expect(sentRates()).toEqual([])
  })
  it('takes over epochs when they are undone and redone, not while they are typed', () => {
    doc.transact('Change epochs', (design) => withTrainingValue(design, 'epochs', 200))
    expect(epochs).not.toHaveBeenCalled()
    run.progress = { ...running, epochs: 200 }
    doc.undo()
    expect(epochs.mock.calls).toEqual([[100]])
    run.progress = running
    doc.redo()
    expect(epochs.mock.calls).toEqual([[100], [200]])
  })
})
