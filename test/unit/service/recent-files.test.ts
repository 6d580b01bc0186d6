import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MOST_RECENT, RecentFiles } from '../../../src/service/files/recent-files'
import { temporaryFolder } from '../../support/temporary-folder'

const folder = temporaryFolder()

describe('recent files', () => {
  it('come back after a restart, newest first, each once', async () => {
    const path = join(folder, 'new', 'recent.json')
    const warnings: string[] = []
    const recent = new RecentFiles(path, (message) => warnings.push(message))
    expect(await recent.list()).toEqual([])
    await recent.add('/a.csv', 'dataset')
    await recent.add('/b.lamina', 'design')
    await recent.add('/a.csv', 'dataset')
    const expected = [
      { path: '/a.csv', purpose: 'dataset' },
      { path: '/b.lamina', purpose: 'design' }
    ]
    expect(await recent.list()).toEqual(expected)
    expect(await new RecentFiles(path, (message) => warnings.push(message)).list()).toEqual(expected)
    expect(warnings).toEqual([])
  })

  it('lose none that are added at the same time', async () => {
    const path = join(folder, 'together.json')
    const recent = new RecentFiles(path, () => undefined)
    await Promise.all(['/1', '/2', '/3', '/4'].map((name) => recent.add(name, 'dataset')))
    await recent.settled()
    const again = await new RecentFiles(path, () => undefined).list()
    expect(again.map((file) => file.path).sort()).toEqual(['/1', '/2', '/3', '/4'])
  })

  it('are never more than a menu shows, and can be forgotten', async () => {
    const recent = new RecentFiles(join(folder, 'many.json'), () => undefined)
    for (let number = 0; number < MOST_RECENT + 5; number++) await recent.add(`/${number}.csv`, 'dataset')
    const listed = await recent.list()
    expect(listed).toHaveLength(MOST_RECENT)
    expect(listed[0]?.path).toBe(`/${MOST_RECENT + 4}.csv`)
    await recent.forget()
    expect(await recent.list()).toEqual([])
  })

  it.each([
    ['broken JSON', '{'],
    ['another document', '{"format":"lamina-design"}']
  ])('start anew after %s, with a note', async (_, text) => {
    const path = join(folder, 'damaged.json')
    writeFileSync(path, text)
    const warnings: string[] = []
    const recent = new RecentFiles(path, (message) => warnings.push(message))
    expect(await recent.list()).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('The list of recent files starts anew')])
    await recent.add('/a.csv', 'dataset')
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ files: [{ path: '/a.csv' }] })
  })

  it('are absolute paths only', async () => {
    const path = join(folder, 'relative.json')
    const files = [
      { path: '../etc/passwd', purpose: 'dataset' },
      { path: '/a.csv', purpose: 'dataset' }
    ]
    writeFileSync(path, JSON.stringify({ format: 'lamina-recent', version: 1, files }))
    expect(await new RecentFiles(path, () => undefined).list()).toEqual([files[1]])
  })

  it('do not stop the work when they cannot be saved', async () => {
    mkdirSync(join(folder, 'taken.json'))
    const warnings: string[] = []
    const recent = new RecentFiles(join(folder, 'taken.json'), (message) => warnings.push(message))
    await recent.add('/a.csv', 'dataset')
    expect((await recent.list()).map((file) => file.path)).toEqual(['/a.csv'])
    expect(warnings.at(-1)).toContain('was not saved')
  })
})
