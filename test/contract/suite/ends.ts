import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { Run } from '../../../src/shared/contract'
import type { Design } from '../../../src/shared/design/schema'
import type { Recovery } from '../../../src/shared/run-history'
import type { MetricsFrame } from '../../../src/shared/training-run'
import type { Harness } from './harness'

const endless = (design: Design): Design => ({ ...design, training: { ...design.training, epochs: 10_000_000 } })

function recoveriesOf(h: Harness, run: Run): Recovery[] {
  const recoveries: Recovery[] = []
  h.client.on('training.recovery', ({ run: id, recovery }) => {
    if (id === run.id) recoveries.push(recovery)
  })
  return recoveries
}

/** What dies or closes takes nothing else with it. */
export function endsCases(h: Harness): void {
  describe('a worker that dies', () => {
    it('is started again and its run goes on, cut back to where it goes on from', async () => {
      const run = await h.train(endless(await h.irisDesign()), { paused: true })
      const frames: MetricsFrame[] = []
      h.client.on('training.frame', ({ run: id, frame }) => {
        if (id !== run.id) return
        frames.push(frame)
        void h.client.request('training.acknowledge', { run: id, sequence: frame.sequence })
      })
      const recoveries = recoveriesOf(h, run)
      await h.client.request('training.setLearningRate', { run: run.id, learningRate: 0.005 })
      await h.client.request('training.resume', { run: run.id })
      await expect.poll(() => frames.at(-1)?.progress.step).toBeGreaterThan(20)
      const ended = new Promise((resolve) => h.client.on('worker.ended', resolve))
      h.workers.die('training', 'crashed (segmentation fault)')
      expect(await ended).toEqual({ worker: 'training', reason: 'crashed (segmentation fault)' })
      await expect.poll(() => recoveries.map(({ phase }) => phase)).toEqual(['restarting', 'resumed'])
      expect(recoveries[1]).toMatchObject({ reason: 'crashed (segmentation fault)' })
      const back = frames.find(({ rewind }) => rewind !== undefined)
      expect(back).toMatchObject({ rewind: recoveries[1]?.step, progress: { state: 'loading' } })
      // The first frame of a run that goes on may have no step yet.
      const firstAfter = await vi.waitUntil(
        () =>
          frames.slice(frames.findIndex((frame) => frame === back)).find(({ steps }) => steps.last.length > 0)?.steps,
        { timeout: 15_000 }
      )
      await expect.poll(() => frames.at(-1)?.progress.state).toBe('running')
      expect((firstAfter.last[0] ?? 0) - (firstAfter.count[0] ?? 0)).toBe(back?.rewind)
      expect(frames.map(({ sequence }) => sequence)).toEqual(
        frames.map((_, index) => (frames[0]?.sequence ?? 0) + index)
      )
      expect(await h.client.request('training.current', {})).toMatchObject({
        error: null,
        recovery: null,
        progress: { state: 'running', learningRate: 0.005 }
      })
      expect(await h.client.request('training.stop', { run: run.id })).toMatchObject({ state: 'stopped' })
    })

    it('three times in five minutes is not started again until a person says so', async () => {
      const run = await h.train(endless(await h.irisDesign()))
      const recoveries = recoveriesOf(h, run)
      const failed = new Promise<{ error: { code: string; message: string } }>((resolve) =>
        h.client.on('training.failed', resolve)
      )
      for (const done of [1, 2]) {
        h.workers.die('training', 'was killed')
        await expect.poll(() => recoveries.filter(({ phase }) => phase === 'resumed').length).toBe(done)
      }
      h.workers.die('training', 'was killed')
      const { error } = await failed
      expect(error).toMatchObject({
        code: 'workerFailed',
        message: expect.stringContaining('It ended 3 times within five minutes') as string
      })
      expect(await h.client.request('training.current', {})).toMatchObject({
        progress: { state: 'failed' },
        error: { code: 'workerFailed' },
        recovery: { phase: 'asking' }
      })
      expect(await h.client.request('training.resume', { run: run.id })).toMatchObject({ state: 'running' })
      h.workers.die('training', 'was killed')
      expect(await h.client.request('training.pause', { run: run.id })).toMatchObject({ state: 'paused' })
      expect(await h.client.request('training.current', {})).toMatchObject({ error: null, recovery: null })
      expect(await h.client.request('training.step', { run: run.id })).toMatchObject({ state: 'paused' })
      expect((await h.openIris()).table.rows).toBe(150)
      const next = await h.trained()
      expect((await h.client.request('training.current', {}))?.id).toBe(next.id)
    })

    it('waits for a person where one wants to be asked', async () => {
      const { settings } = await h.client.request('runs.list', {})
      await h.client.request('runs.changeSettings', { ...settings, resumeAutomatically: false })
      const run = await h.train(endless(await h.irisDesign()))
      const failed = new Promise((resolve) => h.client.on('training.failed', resolve))
      h.workers.die('training', 'ran out of memory')
      expect(await failed).toMatchObject({
        run: run.id,
        error: { message: expect.stringContaining('ran out of memory. Resume goes on from') as string }
      })
      expect(await h.client.request('training.stop', { run: run.id })).toMatchObject({ state: 'stopped' })
      await h.client.request('runs.changeSettings', settings)
    })

    it('leaves finished weights to be exported', async () => {
      const run = await h.trained()
      const folder = h.newFolder()
      h.host.answers.save = join(folder, 'before.weights.json')
      await h.client.request('weights.export', { run: run.id, file: null })
      h.workers.die('training', 'was killed')
      h.host.answers.save = join(folder, 'after.weights.json')
      await h.client.request('weights.export', { run: run.id, file: null })
      expect(readFileSync(join(folder, 'after.weights.json'))).toEqual(
        readFileSync(join(folder, 'before.weights.json'))
      )
    })

    it('is started again for the next table', async () => {
      await h.openIris()
      const ended = new Promise((resolve) => h.client.on('worker.ended', resolve))
      h.workers.die('data', 'ran out of memory')
      expect(await ended).toEqual({ worker: 'data', reason: 'ran out of memory' })
      expect((await h.openIris()).table.rows).toBe(150)
    })
  })

  it('ends requests under way when the connection closes', async () => {
    const other = await h.connect(h.host)
    const waiting = other.request('app.hello', {})
    other.close()
    await expect(waiting).rejects.toMatchObject({ code: 'disconnected' })
    await expect(other.request('app.hello', {})).rejects.toMatchObject({ code: 'disconnected' })
  })
}
