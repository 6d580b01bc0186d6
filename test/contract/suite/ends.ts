import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Harness } from './harness'

/** What dies or closes takes nothing else with it. */
export function endsCases(h: Harness): void {
  describe('a worker that dies', () => {
    it('fails its run in words; everything else goes on and training starts again', async () => {
      const design = await h.irisDesign()
      const run = await h.train({ ...design, training: { ...design.training, epochs: 10_000_000 } }, { paused: true })
      await h.client.request('training.step', { run: run.id })
      await h.client.request('training.resume', { run: run.id })
      const failed = new Promise<{ error: { code: string; message: string } }>((resolve) =>
        h.client.on('training.failed', resolve)
      )
      const ended = new Promise((resolve) => h.client.on('worker.ended', resolve))
      h.workers.die('training', 'crashed (segmentation fault)')
      expect(await ended).toEqual({ worker: 'training', reason: 'crashed (segmentation fault)' })
      const { error } = await failed
      expect(error.code).toBe('workerFailed')
      expect(error.message).toContain('The training worker crashed (segmentation fault).')
      expect((await h.client.request('training.current', {}))?.progress.state).toBe('failed')
      await expect(h.client.request('training.resume', { run: run.id })).rejects.toMatchObject({ code: 'workerFailed' })
      expect((await h.openIris()).table.rows).toBe(150)
      const next = await h.trained()
      expect((await h.client.request('training.current', {}))?.id).toBe(next.id)
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
