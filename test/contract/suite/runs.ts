import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseWeights } from '../../../src/shared/weights/document'
import type { Harness } from './harness'

/** The history of runs: listed, looked at, renamed, tidied away. */
export function runsCases(h: Harness): void {
  describe('the history of runs', () => {
    it('keeps what a run was, measured and came to, after another one was started', async () => {
      const run = await h.trained()
      h.host.answers.save = join(h.newFolder(), 'then.weights.json')
      await h.client.request('weights.export', { run: run.id, file: null })
      const then = readFileSync(h.host.answers.save, 'utf8')
      await h.trained({ seed: 7 })
      const { runs, damaged } = await h.client.request('runs.list', {})
      expect(damaged).toEqual([])
      const kept = runs.find(({ id }) => id === run.id)
      expect(kept).toMatchObject({
        name: 'Iris flowers',
        state: 'finished',
        current: false,
        elsewhere: false,
        dataset: 'iris.csv',
        shape: [4, 16, 16, 3],
        epoch: 5,
        epochs: 5,
        hasWeights: true,
        error: null
      })
      expect(kept?.lastEpoch?.epoch).toBe(5)
      expect(kept?.best?.validationLoss).toBeGreaterThan(0)
      expect(runs.map(({ startedAt }) => startedAt)).toEqual(
        runs.map(({ startedAt }) => startedAt).toSorted((a, b) => b - a)
      )

      const opened = await h.client.request('runs.open', { run: run.id })
      expect(opened.past?.steps.last.at(-1)).toBe(opened.progress.step)
      expect(opened.past?.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5])
      expect(opened.design.training.epochs).toBe(5)
      const restored = await h.client.request('runs.restoreDesign', { run: run.id })
      expect(restored).toMatchObject({
        design: opened.design,
        file: null,
        dataset: { name: 'iris.csv' },
        problem: null
      })

      h.host.answers.save = join(h.newFolder(), 'later.weights.json')
      await h.client.request('weights.export', { run: run.id, file: null })
      expect(readFileSync(h.host.answers.save, 'utf8')).toBe(then)
      expect(parseWeights(then, 'then').training.epochs).toBe(5)
    })

    it('is renamed and deleted, but not under a run that is under way', async () => {
      const old = await h.trained()
      const current = await h.train(await h.irisDesign(), { paused: true })
      await h.client.request('runs.rename', { run: old.id, name: 'The good one' })
      const named = async (): Promise<string[]> =>
        (await h.client.request('runs.list', {})).runs.filter(({ id }) => id === old.id).map(({ name }) => name)
      expect(await named()).toEqual(['The good one'])
      await expect(h.client.request('runs.rename', { run: old.id, name: '  ' })).rejects.toMatchObject({
        code: 'invalidArgument'
      })
      await expect(h.client.request('runs.delete', { runs: [old.id, current.id] })).rejects.toMatchObject({
        code: 'busy'
      })
      await h.client.request('runs.delete', { runs: [old.id] })
      expect(await named()).toEqual([])
      await expect(h.client.request('runs.open', { run: old.id })).rejects.toMatchObject({ code: 'notFound' })
      await h.client.request('runs.delete', { runs: null })
      expect((await h.client.request('runs.list', {})).runs.map(({ id }) => id)).toEqual([current.id])
    })

    it('stays within its bounds, and shows what is damaged without losing the rest', async () => {
      const [first, second, third] = [await h.trained(), await h.trained(), await h.trained()]
      const { settings } = await h.client.request('runs.list', {})
      const folder = join(h.host.folders.data, 'runs')
      writeFileSync(join(folder, second.id, 'run.json'), '{"format":"lamina-run","version":1,"id":5}')
      const list = await h.client.request('runs.changeSettings', { ...settings, mostRuns: 1 })
      expect(list.runs.map(({ id }) => id)).toEqual([third.id])
      expect(readdirSync(folder)).not.toContain(first.id)
      expect(list.damaged).toEqual([
        { id: second.id, problem: expect.stringContaining('run.json is not valid') as string }
      ])
      await h.client.request('runs.delete', { runs: [second.id] })
      expect((await h.client.request('runs.changeSettings', settings)).damaged).toEqual([])
    })
  })
}
