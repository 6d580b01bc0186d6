import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { datasetSettingsOf, type Design } from '../../../src/shared/design/schema'
import type { TableView } from '../../../src/shared/table/view'
import { resources } from '../../support/test-service'
import type { Harness } from './harness'

/** Designs and tables. */
export function documentsCases(h: Harness): void {
  describe('designs', () => {
    it('open as examples with their tables, without a place to overwrite', async () => {
      const opened = await h.client.request('design.openExample', { example: 'wine' })
      expect(opened).toMatchObject({ file: null, problem: null, dataset: { name: 'wine.csv' } })
      expect(opened.design.dataset?.targets).toEqual(['cultivar'])
      await expect(h.client.request('design.openExample', { example: '../iris' })).rejects.toMatchObject({
        code: 'notFound'
      })
    })

    it('are saved with their table beside them and open again', async () => {
      const folder = h.newFolder()
      mkdirSync(join(folder, 'tables'))
      copyFileSync(join(resources, 'examples', 'iris.csv'), join(folder, 'tables', 'mine.csv'))
      const table = await h.grant(join(folder, 'tables', 'mine.csv'), 'dataset')
      const dataset = await h.client.request('dataset.open', { file: table.id, overrides: {} })
      h.host.answers.save = join(folder, 'mine.lamina')
      const saved = await h.client.request('design.save', {
        design: await h.irisDesign(),
        file: null,
        dataset: dataset.id
      })
      expect(saved?.design.dataset?.path).toBe('tables/mine.csv')
      expect(saved?.saved).toMatchObject({ file: { name: 'mine.lamina' }, download: null })
      const onDisk = JSON.parse(readFileSync(join(folder, 'mine.lamina'), 'utf8')) as Design
      expect(onDisk).toEqual(saved?.design)

      const file = await h.grant(join(folder, 'mine.lamina'), 'design')
      const opened = await h.client.request('design.open', { file: file.id })
      expect(opened).toEqual({ design: onDisk, file, dataset: table, problem: null, openElsewhere: false })

      const renamed = { ...opened.design, name: 'Renamed' }
      expect(
        await h.client.request('design.save', { design: renamed, file: file.id, dataset: dataset.id })
      ).toMatchObject({
        saved: { file, download: null }
      })
      expect(readFileSync(join(folder, 'mine.lamina'), 'utf8')).toContain('"name": "Renamed"')
    })

    it('are not saved when the person cancels', async () => {
      h.host.answers.save = null
      expect(
        await h.client.request('design.save', { design: await h.irisDesign(), file: null, dataset: null })
      ).toBeNull()
      expect(h.host.asked.at(-1)).toMatchObject({ purpose: 'design', suggestedName: 'Iris flowers.lamina' })
    })

    it('say when their table moved, and open all the same', async () => {
      const folder = h.newFolder()
      const path = h.write(folder, 'moved.lamina', JSON.stringify(await h.irisDesign()))
      const opened = await h.client.request('design.open', { file: (await h.grant(path, 'design')).id })
      expect(opened.dataset).toBeNull()
      expect(opened.problem).toBe(
        `The table iris.csv is not where this design expects it (looked in ${folder}). Choose where it is now.`
      )
    })

    it('that cannot be written leave the file as it was', async () => {
      h.host.answers.save = join(h.newFolder(), 'no', 'such', 'folder.lamina')
      await expect(
        h.client.request('design.save', { design: await h.irisDesign(), file: null, dataset: null })
      ).rejects.toMatchObject({
        code: 'writeFailed',
        message: expect.stringContaining('does not exist') as string
      })
    })

    it.each([
      ['broken JSON', '{"format":', 'invalidDesign', 'bad.lamina is not a Lamina design: it is not valid JSON'],
      [
        'another format',
        '{"format":"lamina-weights","version":1}',
        'invalidDesign',
        'expected "format": "lamina-design"'
      ],
      [
        'a future version',
        '{"format":"lamina-design","version":99}',
        'unsupportedVersion',
        'was written by a newer Lamina'
      ],
      ['a wrong value', '{"format":"lamina-design","version":1,"name":7}', 'invalidDesign', 'at name: '],
      ['nothing at all', '', 'invalidDesign', 'is not valid JSON']
    ])('with %s are refused', async (_, text, code, words) => {
      const file = await h.grant(h.write(h.newFolder(), 'bad.lamina', text), 'design')
      await expect(h.client.request('design.open', { file: file.id })).rejects.toMatchObject({
        code,
        message: expect.stringContaining(words) as string
      })
    })
  })

  describe('tables', () => {
    it('open, give rows, are prepared, and close', async () => {
      const dataset = await h.openIris()
      expect(dataset.table).toMatchObject({ name: 'iris.csv', rows: 150 })
      expect(dataset.table.columns.map((column) => column.name)).toEqual([
        'sepal_length',
        'sepal_width',
        'petal_length',
        'petal_width',
        'species'
      ])
      expect(await h.client.request('dataset.rows', { dataset: dataset.id, offset: 149, limit: 10 })).toEqual({
        columns: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species'],
        rows: [['5.9', '3.0', '5.1', '1.8', 'virginica']]
      })
      const view: TableView = {
        sort: { column: 0, direction: 'descending' },
        filters: [{ kind: 'equals', column: 4, text: 'setosa' }],
        search: ''
      }
      const window = { offset: 0, limit: 2, columns: { from: 0, to: 1 } }
      expect(await h.client.request('dataset.view', { dataset: dataset.id, view, window })).toEqual({
        shown: 50,
        rows: [
          { row: 15, cells: ['5.8'] },
          { row: 16, cells: ['5.7'] }
        ]
      })
      expect(await h.client.request('dataset.place', { dataset: dataset.id, view, row: 16 })).toEqual({ position: 1 })
      const { design } = await h.client.request('design.openExample', { example: 'iris' })
      if (design.dataset === null) throw new Error('The example has no table.')
      const settings = datasetSettingsOf(design.dataset)
      const prepared = await h.client.request('dataset.prepare', {
        dataset: dataset.id,
        settings,
        categoricalEncoding: 'oneHot'
      })
      expect(prepared).toMatchObject({
        rows: { train: 120, validation: 30, test: 0 },
        inputs: 4,
        outputs: 3,
        task: 'classification',
        outputNames: ['setosa', 'versicolor', 'virginica']
      })
      const relations = await h.client.request('dataset.relations', {
        dataset: dataset.id,
        targets: ['species'],
        columns: {}
      })
      expect(relations.targets[0]?.relations.map(({ column, value }) => [column, value?.toFixed(3)])).toEqual([
        ['sepal_length', '0.787'],
        ['sepal_width', '0.633'],
        ['petal_length', '0.970'],
        ['petal_width', '0.964']
      ])
      await expect(
        h.client.request('dataset.relations', { dataset: dataset.id, targets: ['colour'], columns: {} })
      ).rejects.toMatchObject({ code: 'invalidDesign', message: expect.stringContaining('"colour"') as string })
      const unknown = { ...settings, targets: ['colour'] }
      await expect(
        h.client.request('dataset.prepare', { dataset: dataset.id, settings: unknown, categoricalEncoding: 'oneHot' })
      ).rejects.toMatchObject({ message: expect.stringContaining('"colour"') as string })
      await h.client.request('dataset.close', { dataset: dataset.id })
      await expect(
        h.client.request('dataset.rows', { dataset: dataset.id, offset: 0, limit: 1 })
      ).rejects.toMatchObject({ code: 'notFound' })
    })

    it('that are empty are refused', async () => {
      const file = await h.grant(h.write(h.newFolder(), 'empty.csv', ''), 'dataset')
      await expect(h.client.request('dataset.open', { file: file.id, overrides: {} })).rejects.toMatchObject({
        code: 'invalidData',
        message: expect.stringContaining('empty.csv') as string
      })
    })

    it('can be given up while they are read', async () => {
      const file = await h.grant(h.write(h.newFolder(), 'given-up.csv', `a,b\n${'1,2\n'.repeat(50_000)}`), 'dataset')
      const controller = new AbortController()
      const options = { signal: controller.signal }
      const reading = h.client.request('dataset.open', { file: file.id, overrides: {} }, options)
      controller.abort()
      await expect(reading).rejects.toMatchObject({ code: 'cancelled' })
      await expect(h.client.request('dataset.open', { file: file.id, overrides: {} }, options)).rejects.toMatchObject({
        code: 'cancelled'
      })
      expect((await h.openIris()).table.rows).toBe(150)
    })
  })
}
