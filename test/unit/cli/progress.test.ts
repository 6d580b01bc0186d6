import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MetricsFile, metricsLine } from '../../../src/cli/metrics-file'
import { ProgressLine } from '../../../src/cli/progress-line'
import type { EpochRecord, RunDescription } from '../../../src/shared/training-run'
import { temporaryFolder } from '../../support/temporary-folder'
import { TestTerminal } from '../../support/test-terminal'

const folder = temporaryFolder()
const status = (epoch: number): Parameters<ProgressLine['show']>[0] => ({
  epoch,
  epochs: 100,
  step: epoch * 8,
  steps: 800,
  stepsPerSecond: 400,
  trainLoss: 0.5,
  validationLoss: null
})

describe('progress', () => {
  it('is one line drawn over on a screen, no wider than it, and leaves nothing', () => {
    let now = 0
    const terminal = new TestTerminal(folder, true, 70)
    const line = new ProgressLine(terminal, () => now)
    line.show(status(25), false)
    expect(terminal.stderr).toBe('\r\x1b[2KEpoch 25/100  ██████░░░░░░░░░░░░░░░░░░  25.0 %  400 steps/s  1.50 s …')
    terminal.stderr = ''
    line.show(status(26), false)
    expect(terminal.stderr).toBe('')
    now += 1000
    line.show(status(27), false)
    expect(terminal.stderr).toContain('Epoch 27/100')
    terminal.stderr = ''
    line.clear()
    line.clear()
    expect(terminal.stderr).toBe('\r\x1b[2K')
  })

  it('is a few plain lines in a log', () => {
    const terminal = new TestTerminal(folder)
    const line = new ProgressLine(terminal)
    line.stage('reading the table', 0.5)
    for (let epoch = 0; epoch <= 100; epoch++) line.show(status(epoch), epoch === 100)
    const lines = terminal.stderr.trimEnd().split('\n')
    expect(lines).toHaveLength(10)
    expect(lines[0]).toBe('Epoch 10/100, 80 steps, loss 0.5, 400 steps/s')
    expect(lines.at(-1)).toContain('Epoch 100/100')
    line.clear()
    expect(terminal.stderr).not.toContain('\x1b')
  })
})

const description = {
  engine: 'native',
  layers: [{ id: 'dense-1', inputs: 4, units: 3 }],
  metric: 'accuracy',
  parameters: 15,
  memoryBytes: 1,
  trainRows: 8,
  validationRows: 2,
  classWeights: null
} as const satisfies RunDescription
const record: EpochRecord = {
  epoch: 1,
  step: 8,
  trainLoss: 0.25,
  validationLoss: null,
  trainMetric: 0.75,
  validationMetric: null,
  gradientNorms: [2.5],
  learningRate: 0.01,
  seconds: 0.125
}

describe('metrics', () => {
  it('have the names of the task', () => {
    expect(metricsLine(record, description)).toBe(
      '{"epoch":1,"step":8,"trainLoss":0.25,"validationLoss":null,"trainAccuracy":0.75,"validationAccuracy":null,"gradientNorms":{"dense-1":2.5},"learningRate":0.01,"seconds":0.125}\n'
    )
    expect(JSON.parse(metricsLine(record, { ...description, metric: 'meanAbsoluteError' }))).toMatchObject({
      trainError: 0.75,
      validationError: null
    })
  })

  it('appear when they are complete', async () => {
    const path = join(folder, 'whole.jsonl')
    const file = new MetricsFile(path)
    for (let line = 0; line < 100; line++) await file.add(`${line}\n`)
    expect(readdirSync(folder)).not.toContain('whole.jsonl')
    await file.complete()
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(101)
    await file.discard()
    expect(readFileSync(path, 'utf8').startsWith('0\n1\n')).toBe(true)
  })

  it('leave what was there when they are discarded', async () => {
    const path = join(folder, 'kept.jsonl')
    writeFileSync(path, 'old\n')
    const file = new MetricsFile(path)
    await file.add('new\n')
    await file.discard()
    expect(readFileSync(path, 'utf8')).toBe('old\n')
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('say when they cannot be written', async () => {
    const file = new MetricsFile(join(folder, 'no', 'where.jsonl'))
    await expect(file.complete()).rejects.toMatchObject({ code: 'writeFailed' })
    await expect(file.add('x')).rejects.toMatchObject({ code: 'writeFailed' })
    await expect(file.discard()).resolves.toBeUndefined()
  })
})
