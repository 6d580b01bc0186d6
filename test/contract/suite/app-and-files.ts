import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { shortened } from '../../../src/service/files/grants'
import { describe, expect, it } from 'vitest'
import { LocalWorkers } from '../../support/local-workers'
import { createTestService, resources } from '../../support/test-service'
import type { Harness } from './harness'

/** What a client may say at all, and which files it may reach. */
export function appAndFilesCases(h: Harness): void {
  describe('messages', () => {
    /** What comes back for a message nobody checked before it was sent. */
    const answerTo = async (message: unknown): Promise<unknown> => {
      const ports = await h.link()
      const separate = createTestService(h.newFolder(), new LocalWorkers().start)
      separate.service.connect(ports.service)
      const answer = new Promise((resolve) => ports.client.onMessage(resolve))
      ports.client.post(message)
      const answered = await answer
      await separate.service.close()
      return answered
    }

    it.each([
      [
        'an unknown request',
        { kind: 'request', id: 7, name: 'files.readAnything', params: {} },
        'There is no request "files.readAnything"'
      ],
      [
        'a name every object has',
        { kind: 'request', id: 7, name: 'constructor', params: {} },
        'There is no request "constructor"'
      ],
      ['missing parameters', { kind: 'request', id: 7, name: 'design.open', params: {} }, 'at file: '],
      [
        'parameters of the wrong type',
        { kind: 'request', id: 7, name: 'dataset.rows', params: { dataset: 'a', offset: -1, limit: 5 } },
        'at offset: '
      ],
      [
        'a path in place of an id',
        { kind: 'request', id: 7, name: 'design.open', params: { path: '/etc/passwd' } },
        'path'
      ],
      ['more than it asked for', { kind: 'request', id: 7, name: 'app.hello', params: { admin: true } }, 'admin'],
      ['something else', { kind: 'command', id: 7 }, 'A message on Lamina is not valid']
    ])('answers %s with an error', async (_, message, words) => {
      expect(await answerTo(message)).toEqual({
        kind: 'reply',
        id: 7,
        outcome: {
          ok: false,
          error: {
            code: 'invalidArgument',
            message: expect.stringContaining(words) as string,
            details: expect.anything() as object
          }
        }
      })
    })
  })

  describe('app', () => {
    it('says hello', async () => {
      const hello = await h.client.request('app.hello', {})
      expect(hello).toMatchObject({
        version: '1.2.3',
        capabilities: { nativeDialogs: true, nativeMenu: true, droppedPaths: true },
        launch: null
      })
      expect(['native', 'reference']).toContain(hello.engine.name)
      expect(hello.examples.map((example) => example.id)).toEqual(['iris', 'wine', 'digits'])
    })

    it('hands out what the system asked to open: once at first, then as an event', async () => {
      const separate = createTestService(h.newFolder(), new LocalWorkers().start)
      const path = h.write(h.newFolder(), 'a.csv', 'x,y\n1,a\n2,b\n')
      await separate.service.openFromSystem(path)
      const first = await h.connect(separate)
      const { launch } = await first.request('app.hello', {})
      expect(launch).toMatchObject({ purpose: 'dataset', file: { name: 'a.csv' } })
      expect((await first.request('app.hello', {})).launch).toBeNull()
      const opened = new Promise((resolve) => first.on('files.opened', resolve))
      await separate.service.openFromSystem(path)
      expect(await opened).toMatchObject({ purpose: 'dataset', file: { name: 'a.csv' } })
      await separate.service.close()
    })

    it('passes on the commands of a menu', async () => {
      const command = new Promise((resolve) => h.client.on('menu.command', resolve))
      h.host.service.sendMenuCommand('train')
      expect(await command).toEqual({ command: 'train' })
    })
  })

  describe('files', () => {
    it('are chosen in a dialog, which can be cancelled', async () => {
      h.host.answers.open = h.write(h.newFolder(), 'chosen.csv', 'a\n1\n')
      expect(await h.client.request('files.choose', { purpose: 'dataset' })).toMatchObject({ name: 'chosen.csv' })
      h.host.answers.open = null
      expect(await h.client.request('files.choose', { purpose: 'dataset' })).toBeNull()
    })

    it('are recent once opened; ones that are gone are listed and refused, and all can be forgotten', async () => {
      const folder = h.newFolder()
      const path = h.write(folder, 'recent.csv', 'a,b\n1,x\n2,y\n')
      const { id } = await h.grant(path, 'dataset')
      await h.client.request('dataset.open', { file: id, overrides: {} })
      const listed = await h.client.request('app.hello', {})
      expect(listed.recent[0]).toMatchObject({ name: 'recent.csv', location: shortened(folder) })

      const again = createTestService(h.root, new LocalWorkers().start)
      const other = await h.connect(again)
      const { recent } = await other.request('app.hello', {})
      expect(recent[0]).toMatchObject({ name: 'recent.csv', location: shortened(folder) })
      const ref = recent[0]
      if (ref === undefined) throw new Error('Nothing is recent.')
      expect((await other.request('dataset.open', { file: ref.id, overrides: {} })).table.rows).toBe(2)
      rmSync(path)
      await expect(other.request('dataset.open', { file: ref.id, overrides: {} })).rejects.toMatchObject({
        code: 'notFound'
      })
      await again.service.close()

      await h.client.request('files.forgetRecent', {})
      expect((await h.client.request('app.hello', {})).recent).toEqual([])
    })

    it('that nobody approved cannot be reached by any request that takes a file', async () => {
      const path = join(resources, 'examples', 'iris.csv')
      const denied = { code: 'permissionDenied' }
      const design = await h.irisDesign()
      const weights = await h.imported()
      for (const id of [path, 'iris.csv', '../../../etc/passwd', '00000000-0000-0000-0000-000000000000']) {
        await expect(h.client.request('design.open', { file: id })).rejects.toMatchObject(denied)
        await expect(h.client.request('dataset.open', { file: id, overrides: {} })).rejects.toMatchObject(denied)
        await expect(h.client.request('weights.import', { file: id })).rejects.toMatchObject(denied)
        await expect(h.client.request('design.save', { design, file: id, dataset: null })).rejects.toMatchObject(denied)
        await expect(h.client.request('weights.evaluateTable', { weights, table: id })).rejects.toMatchObject(denied)
      }
    })
  })
}
