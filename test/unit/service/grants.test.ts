import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileGrants, isInside, purposeOf, shortened } from '../../../src/service/files/grants'
import { temporaryFolder } from '../../support/temporary-folder'

const folder = temporaryFolder()
const own = join(folder, 'own')
mkdirSync(own)
const csv = join(folder, 'iris.csv')
writeFileSync(csv, 'a,b\n1,2\n')
const newGrants = (): FileGrants => new FileGrants([own])

describe('file grants', () => {
  it('reach exactly the approved path, under an id that cannot be guessed', async () => {
    const grants = newGrants()
    const file = await grants.grantExisting(csv, 'dataset')
    expect(file).toMatchObject({ name: 'iris.csv', location: shortened(folder) })
    expect(file.id).toMatch(/^[0-9a-f-]{36}$/)
    expect(file.id).not.toContain('iris')
    expect(grants.require(file.id).path).toBe(csv)
    expect(() => grants.require(csv)).toThrow(expect.objectContaining({ code: 'permissionDenied' }))
  })

  it('stay the same for the same file', () => {
    const grants = newGrants()
    const first = grants.grant(csv, 'dataset')
    expect(grants.grant(join(folder, 'x', '..', 'iris.csv'), 'dataset').id).toBe(first.id)
    expect(grants.grant(csv, 'design').id).not.toBe(first.id)
  })

  it('remember where a page can fetch a file', () => {
    const grants = newGrants()
    const { id } = grants.grant(csv, 'design', '/download/1')
    grants.grant(csv, 'design')
    expect(grants.require(id).download).toBe('/download/1')
  })

  it.each(['iris.csv', './iris.csv', '../iris.csv', '', 'C:iris.csv', '/tmp/a\0b'])(
    'refuse the path %j',
    async (path) => {
      await expect(newGrants().grantExisting(path, 'dataset')).rejects.toMatchObject({ code: 'invalidArgument' })
    }
  )

  it('refuse files that are not there, and folders', async () => {
    const missing = join(folder, 'missing.csv')
    await expect(newGrants().grantExisting(missing, 'dataset')).rejects.toMatchObject({
      code: 'notFound',
      message: expect.stringContaining(missing) as string
    })
    await expect(newGrants().grantExisting(folder, 'dataset')).rejects.toMatchObject({ code: 'invalidArgument' })
  })

  it('let nobody write a document over a file of another kind', () => {
    const grants = newGrants()
    const { id } = grants.grant(csv, 'dataset')
    expect(() => grants.requireTarget(id, 'design')).toThrow(expect.objectContaining({ code: 'permissionDenied' }))
    expect(grants.requireTarget(grants.grant(csv, 'design').id, 'design').path).toBe(csv)
  })

  it.runIf(process.platform !== 'win32')('know a file that was opened under any of its names', async () => {
    const grants = newGrants()
    const link = join(folder, 'link.csv')
    symlinkSync(csv, link)
    await grants.grantExisting(csv, 'dataset')
    for (const path of [csv, link]) {
      await expect(grants.requireNoOtherUse(path, 'weights')).rejects.toMatchObject({
        code: 'permissionDenied',
        message: `${path} is a table you opened; nothing else is written over it. Choose another name.`
      })
      await expect(grants.requireNoOtherUse(path, 'predictions')).resolves.toBeUndefined()
    }
    await grants.grantExisting(link, 'weights')
    await expect(grants.requireNoOtherUse(csv, 'predictions')).rejects.toMatchObject({ code: 'permissionDenied' })
    await expect(grants.requireNoOtherUse(join(folder, 'new.csv'), 'weights')).resolves.toBeUndefined()
  })

  it('say nothing of where own copies lie', () => {
    const grants = newGrants()
    expect(grants.grant(join(own, 'upload', 'a.csv'), 'dataset').location).toBe('')
    expect(grants.isOwnCopy(join(own, 'upload', 'a.csv'))).toBe(true)
    expect(grants.isOwnCopy(`${own}-not/a.csv`)).toBe(false)
  })

  it('shorten the home folder', () => {
    expect(newGrants().grant(join(homedir(), 'projects', 'a.csv'), 'dataset').location).toBe(join('~', 'projects'))
    expect(newGrants().grant(join(homedir(), 'a.csv'), 'dataset').location).toBe('~')
  })
})

describe('names and places', () => {
  it.each([
    ['/a/Iris.LAMINA', 'design'],
    ['/a/iris.weights.json', 'weights'],
    ['/a/iris.json', 'weights'],
    ['/a/iris.csv', 'dataset'],
    ['/a/iris', 'dataset']
  ])('%s is a %s', (path, purpose) => {
    expect(purposeOf(path)).toBe(purpose)
  })

  it.each([
    ['/a', '/a/b', true],
    ['/a', '/a/..b', true],
    ['/a', '/a', false],
    ['/a', '/ab', false],
    ['/a', '/a/../b', false],
    ['/a', '/', false]
  ])('whether %s holds %s is %s', (outer, path, expected) => {
    expect(isInside(outer, path)).toBe(expected)
  })
})
