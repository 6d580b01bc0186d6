import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shortened } from '../../../src/service/files/grants'
import { describe, expect, it } from 'vitest'
import { conflictSchema, type FileRef, type JournalChange, type LaminaContract } from '../../../src/shared/contract'
import { formatDesign } from '../../../src/shared/design/document'
import type { Design } from '../../../src/shared/design/schema'
import { statesOf } from '../../../src/shared/journal/content'
import { difference } from '../../../src/shared/journal/patch'
import { emptyDesign } from '../../../src/shared/network/propose'
import type { Client } from '../../../src/shared/rpc'
import type { Harness } from './harness'

const named = (name: string): Design => ({ ...emptyDesign(), name })

/** Work that is not saved, and files that others write as well. */
export function unsavedWorkCases(h: Harness): void {
  const saved = async (client: Client<LaminaContract>, name: string, file: FileRef): Promise<unknown> =>
    client.request('design.save', { design: named(name), file: file.id, dataset: null })

  describe('a design file that changes', () => {
    async function opened(): Promise<{ path: string; file: FileRef }> {
      const path = h.write(h.newFolder(), 'shared.lamina', formatDesign(named('First')))
      const file = await h.grant(path, 'design')
      const { openElsewhere } = await h.client.request('design.open', { file: file.id })
      expect(openElsewhere).toBe(false)
      return { path, file }
    }

    it('under a window’s feet is not overwritten unasked', async () => {
      const { path, file } = await opened()
      await saved(h.client, 'Second', file)
      const second = readFileSync(path)
      writeFileSync(path, formatDesign(named('Theirs')))
      const refused = await saved(h.client, 'Third', file).catch((error: unknown) => error)
      expect(refused).toMatchObject({
        code: 'conflict',
        message: `${path} was changed by another program since it was opened or last saved here, so it was not overwritten. Save under another name, or overwrite it.`
      })
      const conflict = conflictSchema.parse((refused as { details: unknown }).details)
      expect(conflict).toMatchObject({ kind: 'changed', by: 'outside', name: 'shared.lamina' })
      expect(Math.abs(Date.now() - (conflict.at ?? 0))).toBeLessThan(60_000)
      expect(readFileSync(path, 'utf8')).toContain('Theirs')
      // Written again with what this window knows, it is no conflict: nothing would be lost.
      writeFileSync(path, second)
      await saved(h.client, 'Third', file)
      writeFileSync(path, formatDesign(named('Theirs')))
      const design = named('Mine')
      await h.client.request('design.save', { design, file: file.id, dataset: null, overwrite: true })
      await saved(h.client, 'Mine again', file)
      expect(readFileSync(path, 'utf8')).toContain('Mine again')
    })

    it('by another window is told on opening, on its saving and before overwriting', async () => {
      const { path, file } = await opened()
      const other = await h.connect(h.host)
      const told = new Promise((resolve) => h.client.on('design.savedElsewhere', resolve))
      expect(await other.request('design.open', { file: file.id })).toMatchObject({ openElsewhere: true })
      await saved(other, 'Theirs', file)
      expect(await told).toEqual({ file })
      await expect(saved(h.client, 'Mine', file)).rejects.toMatchObject({
        code: 'conflict',
        details: { kind: 'changed', by: 'window' }
      })
      // Having looked at it again is knowing it.
      await h.client.request('design.open', { file: file.id })
      await saved(h.client, 'Mine', file)
      expect(readFileSync(path, 'utf8')).toContain('Mine')
      other.close()
    })

    it('to nothing is written again only when the person says so', async () => {
      const { path, file } = await opened()
      rmSync(path)
      await expect(saved(h.client, 'Mine', file)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('is not there any more') as string,
        details: { kind: 'removed', at: null }
      })
      expect(existsSync(path)).toBe(false)
      await h.client.request('design.save', { design: named('Mine'), file: file.id, dataset: null, overwrite: true })
      expect(readFileSync(path, 'utf8')).toContain('Mine')
    })

    it('into something that cannot be written says what to do, and stays', async () => {
      const { path, file } = await opened()
      chmodSync(path, 0o444)
      await expect(saved(h.client, 'Mine', file)).rejects.toMatchObject({
        code: 'permissionDenied',
        message: `Cannot write ${path}: the file is write-protected. Choose another place, or change the permissions of this one.`
      })
      expect(readFileSync(path, 'utf8')).toContain('First')
    })
  })

  describe('unsaved work', () => {
    it('of a window that is gone is offered, brought back with its files, or given up', async () => {
      const folder = h.newFolder()
      mkdirSync(join(folder, 'tables'))
      const path = h.write(folder, 'mine.lamina', formatDesign(named('First')))
      const table = await h.grant(h.write(folder, 'tables/t.csv', 'a,b\n1,2\n'), 'dataset')
      const file = await h.grant(path, 'design')
      const lost = await h.connect(h.host)
      await lost.request('design.open', { file: file.id })
      const before = { design: { ...named('First') }, table: 7 }
      const after = { design: { ...named('Second') }, table: 7 }
      const head = {
        title: 'mine.lamina',
        cursor: 1,
        saved: 0,
        modified: true,
        file: file.id,
        tables: [{ key: 7, file: table.id, overrides: { delimiter: ',' as const } }]
      }
      const step = { label: 'Rename', patch: difference(before, after) }
      const whole: JournalChange = { kind: 'whole', content: { base: before, steps: [], head: { ...head, cursor: 0 } } }
      const { journal, sequence } = await lost.request('journal.write', { journal: null, change: whole })
      const delta = { forget: 0, keep: 0, steps: [step], savedUnchanged: false, head }
      const change: JournalChange = { kind: 'delta', after: sequence ?? 0, delta }
      expect(await lost.request('journal.write', { journal, change })).toEqual({ journal, sequence: 2 })
      // Twice is once too often: the service tells that it has something else by now.
      expect(await lost.request('journal.write', { journal, change })).toEqual({ journal, sequence: null })
      expect(await h.client.request('journal.list', {})).toEqual([])
      lost.close()

      await expect
        .poll(() => h.client.request('journal.list', {}))
        .toMatchObject([
          { journal, title: 'mine.lamina', location: shortened(folder), closed: false, problem: null, restorable: true }
        ])
      writeFileSync(path, formatDesign(named('Theirs')))
      const next = await h.connect(h.host)
      const work = await next.request('journal.take', { journal })
      expect(work).toMatchObject({ file, tables: [{ key: 7, file: table }], problem: null, openElsewhere: false })
      expect(work.content.head).toEqual(head)
      expect(statesOf(work.content.base, work.content.steps).map(({ design }) => design['name'])).toEqual([
        'First',
        'Second'
      ])
      await expect(h.client.request('journal.take', { journal })).rejects.toMatchObject({ code: 'notFound' })
      // What the file was like when it was opened is known still.
      await expect(saved(next, 'Mine', file)).rejects.toMatchObject({ code: 'conflict' })
      await next.request('journal.leave', {})
      next.close()
      await expect.poll(() => h.client.request('journal.list', {})).toHaveLength(1)
      await h.client.request('journal.discard', { journal })
      expect(await h.client.request('journal.list', {})).toEqual([])
    })

    it('is refused where it is not what it says', async () => {
      const head = { title: '', cursor: 0, saved: null, modified: true, file: null, tables: [] }
      const content = { base: { design: {}, table: null }, steps: [], head }
      await expect(
        h.client.request('journal.write', { journal: '../../etc/passwd', change: { kind: 'whole', content } })
      ).rejects.toMatchObject({ code: 'invalidArgument' })
      const other = await h.connect(h.host)
      const { journal } = await other.request('journal.write', { journal: null, change: { kind: 'whole', content } })
      other.close()
      await expect.poll(() => h.client.request('journal.list', {})).toHaveLength(1)
      // Nothing that this program can show: told when it is asked for, and still there to be discarded.
      await expect(h.client.request('journal.take', { journal })).rejects.toMatchObject({ code: 'invalidDesign' })
      await h.client.request('journal.discard', { journal })
    })
  })
}
