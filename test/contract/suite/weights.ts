import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatWeights, parseWeights } from '../../../src/shared/weights/document'
import { resources } from '../../support/test-service'
import { withUnits } from './edits'
import type { Harness } from './harness'

/** Weights out of a run, into a file, and back. */
export function weightsCases(h: Harness): void {
  describe('weights', () => {
    it('of the same training are the same bytes', async () => {
      const folder = h.newFolder()
      const [first, second] = [
        await h.exported(folder, 'first.weights.json'),
        await h.exported(folder, 'second.weights.json')
      ]
      expect(readFileSync(first)).toEqual(readFileSync(second))
      const text = readFileSync(first, 'utf8')
      const document = parseWeights(text, 'first.weights.json')
      expect(formatWeights(document)).toBe(text)
      expect(document).toMatchObject({
        format: 'lamina-weights',
        version: 1,
        name: 'Iris flowers',
        loss: 'crossEntropy',
        training: { epochs: 5, seed: 1, dataset: { rows: 150 } }
      })
    })

    it('of another seed are others', async () => {
      const folder = h.newFolder()
      const one = await h.exported(folder, 'one.weights.json')
      const run = await h.trained({ seed: 2 })
      h.host.answers.save = join(folder, 'two.weights.json')
      expect(await h.client.request('weights.export', { run: run.id, file: null })).toMatchObject({
        file: { name: 'two.weights.json' }
      })
      const two = JSON.parse(readFileSync(join(folder, 'two.weights.json'), 'utf8')) as {
        training: { seed: number }
        layers: unknown
      }
      expect(two.training.seed).toBe(2)
      expect(two.layers).not.toEqual((JSON.parse(readFileSync(one, 'utf8')) as { layers: unknown }).layers)
    })

    it('come back in, prove themselves, and predict like the run they came from', async () => {
      const run = await h.trained()
      h.host.answers.save = join(h.newFolder(), 'iris.weights.json')
      await h.client.request('weights.export', { run: run.id, file: null })
      const file = await h.grant(h.host.answers.save, 'weights')
      const weights = await h.client.request('weights.import', { file: file.id })
      expect(weights).toMatchObject({
        file,
        name: 'Iris flowers',
        features: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'],
        targets: ['species']
      })
      expect(weights.testVectorError).toBeLessThan(1e-6)
      const rows = [{ sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 }]
      const byRun = await h.client.request('weights.predict', { predictor: { kind: 'run', run: run.id }, rows })
      const byFile = await h.client.request('weights.predict', {
        predictor: { kind: 'weights', weights: weights.id },
        rows
      })
      expect(byFile).toEqual(byRun)
      expect(byFile[0]?.substitutions).toEqual([])
      const [target] = byFile[0]?.targets ?? []
      if (target?.kind !== 'categorical') throw new Error('The target is not categorical.')
      expect(target.predicted).toBe('setosa')
      expect(target.probabilities.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6)
      const bad = [{ sepal_length: 'long', sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 }]
      await expect(
        h.client.request('weights.predict', { predictor: { kind: 'weights', weights: weights.id }, rows: bad })
      ).rejects.toMatchObject({ code: 'invalidData', message: expect.stringContaining('sepal_length') as string })
    })

    it('are where training can start from, when they fit', async () => {
      const initialWeights = await h.imported()
      const run = await h.train(await h.irisDesign(), { paused: true, initialWeights })
      const start = await h.client.request('training.evaluate', { run: run.id, split: 'train' })
      expect(start.metric).toBeGreaterThan(0.5)
      const wider = withUnits(await h.irisDesign(), 'dense-1', 8)
      await expect(h.train(wider, { paused: true, initialWeights })).rejects.toMatchObject({
        code: 'invalidWeights',
        message: expect.stringContaining('dense-1') as string
      })
    })

    it('predict a table beside its rows, and never over it', async () => {
      const weights = await h.imported()
      const table = await h.openIris()
      h.host.answers.save = join(h.newFolder(), 'predicted.csv')
      const saved = await h.client.request('weights.predictTable', { weights, table: table.id, file: null })
      expect(saved).toMatchObject({
        saved: { file: { name: 'predicted.csv' }, download: null },
        rows: 150,
        substitutions: []
      })
      expect(h.host.asked.at(-1)).toMatchObject({ purpose: 'predictions', suggestedName: 'iris-predictions.csv' })
      const lines = readFileSync(h.host.answers.save, 'utf8').trimEnd().split('\n')
      expect(lines).toHaveLength(151)
      expect(lines[0]).toBe(
        'sepal_length,sepal_width,petal_length,petal_width,species,predicted_species,probability_setosa,probability_versicolor,probability_virginica'
      )
      expect(lines[1]).toMatch(/^5\.1,3\.5,1\.4,0\.2,setosa,setosa,/)
      const cells = lines.slice(1).map((line) => line.split(',').map(Number))
      const rows = cells.map(([sepal_length = 0, sepal_width = 0, petal_length = 0, petal_width = 0]) => ({
        sepal_length,
        sepal_width,
        petal_length,
        petal_width
      }))
      const inApp = await h.client.request('weights.predict', { predictor: { kind: 'weights', weights }, rows })
      const differences = inApp.flatMap(({ output }, row) =>
        output.map((value, at) => Math.abs(value - (cells[row]?.[6 + at] ?? NaN)))
      )
      expect(differences).toHaveLength(450)
      expect(Math.max(...differences)).toBeLessThan(1e-6)

      const copy = join(h.newFolder(), 'iris.csv')
      copyFileSync(join(resources, 'examples', 'iris.csv'), copy)
      const before = readFileSync(copy)
      h.host.answers.save = copy
      const own = await h.grant(copy, 'dataset')
      await expect(
        h.client.request('weights.predictTable', { weights, table: own.id, file: null })
      ).rejects.toMatchObject({
        code: 'permissionDenied'
      })
      expect(readFileSync(copy)).toEqual(before)
      h.host.answers.save = null
      expect(await h.client.request('weights.predictTable', { weights, table: own.id, file: null })).toBeNull()
    })

    it('are measured on a table with known targets', async () => {
      const weights = await h.imported()
      const { id: table } = await h.openIris()
      const result = await h.client.request('weights.evaluateTable', { weights, table })
      expect(result).toMatchObject({ rows: 150, metricKind: 'accuracy', substitutions: [] })
      expect(result.metric).toBeGreaterThan(0.5)
      expect(result.metric).toBeLessThanOrEqual(1)
      const other = await h.grant(h.write(h.newFolder(), 'other.csv', 'a,species\n1,setosa\n2,virginica\n'), 'dataset')
      await expect(h.client.request('weights.evaluateTable', { weights, table: other.id })).rejects.toMatchObject({
        code: 'invalidData',
        message: expect.stringContaining('"sepal_length"') as string
      })
    })

    it.each([
      ['broken JSON', () => '{', 'invalidWeights'],
      ['a future version', (text: string) => text.replace('"version": 1', '"version": 2'), 'unsupportedVersion'],
      ['a matrix of the wrong size', (text: string) => text.replace('"units": 16', '"units": 17'), 'invalidWeights'],
      ['a word for a number', (text: string) => text.replace(/"mean": [^,]+/, '"mean": "large"'), 'invalidWeights']
    ])('with %s are refused', async (_, damage, code) => {
      const path = await h.exported(h.newFolder())
      writeFileSync(path, damage(readFileSync(path, 'utf8')))
      const file = await h.grant(path, 'weights')
      await expect(h.client.request('weights.import', { file: file.id })).rejects.toMatchObject({
        code,
        message: expect.stringContaining('iris.weights.json') as string
      })
    })

    it('that are not open are not found', async () => {
      const { id: table } = await h.openIris()
      await expect(h.client.request('weights.evaluateTable', { weights: 'none', table })).rejects.toMatchObject({
        code: 'notFound'
      })
      await expect(
        h.client.request('weights.predictTable', { weights: 'none', table, file: null })
      ).rejects.toMatchObject({ code: 'notFound' })
    })
  })
}
