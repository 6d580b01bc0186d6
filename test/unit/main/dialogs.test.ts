import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BaseWindow } from 'electron'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FileDialogs, type FileDialog } from '../../../src/main/dialogs'
import type { SaveRequest } from '../../../src/service'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamina-dialogs-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function dialogs(window: BaseWindow | null = null) {
  const open = vi.fn().mockResolvedValue({ canceled: true, filePaths: [] })
  const save = vi.fn().mockResolvedValue({ canceled: true, filePath: '' })
  const ask = vi.fn().mockResolvedValue({ response: 1, checkboxChecked: false })
  const dialog: FileDialog = { showOpenDialog: open, showSaveDialog: save, showMessageBox: ask }
  return { open, save, ask, files: new FileDialogs(dialog, () => window) }
}
const request = (fields: Partial<SaveRequest> = {}): SaveRequest => ({
  purpose: 'design',
  suggestedName: 'iris.lamina',
  folder: null,
  ...fields
})

describe('choosing a file', () => {
  it.each([
    ['design', 'Open design', ['lamina', 'json']],
    ['dataset', 'Open table', ['csv', 'tsv', 'tab', 'txt', 'gz', 'parquet', 'jsonl', 'ndjson']],
    ['weights', 'Open weights', ['json']]
  ] as const)('for a %s offers its kinds first, then all', async (purpose, title, extensions) => {
    const { files, open } = dialogs()
    open.mockResolvedValueOnce({ canceled: false, filePaths: ['/data/x'] })
    expect(await files.open(purpose)).toBe('/data/x')
    expect(open.mock.calls[0]?.[0]).toMatchObject({
      title,
      properties: ['openFile'],
      filters: [{ extensions }, { extensions: ['*'] }]
    })
  })

  it('is null when the person cancels', async () => {
    expect(await dialogs().files.open('design')).toBeNull()
  })

  it('is a sheet of the window when there is one', async () => {
    const window = {} as BaseWindow
    const { files, open, save } = dialogs(window)
    await files.open('design')
    await files.save(request())
    expect([open.mock.calls[0]?.[0], save.mock.calls[0]?.[0]]).toEqual([window, window])
  })
})

describe('choosing where to save', () => {
  it('starts with the suggested name in the suggested folder', async () => {
    const { files, save } = dialogs()
    await files.save(request())
    await files.save(request({ folder: '/data' }))
    expect(save.mock.calls.map(([options]: unknown[]) => (options as { defaultPath: string }).defaultPath)).toEqual([
      'iris.lamina',
      join('/data', 'iris.lamina')
    ])
  })

  it('is null when the person cancels', async () => {
    expect(await dialogs().files.save(request())).toBeNull()
  })

  it.each([
    ['design', 'iris', 'iris.lamina'],
    ['design', 'iris v1.2', 'iris v1.2.lamina'],
    ['design', 'iris.LAMINA', 'iris.LAMINA'],
    ['weights', 'iris', 'iris.weights.json'],
    ['weights', 'iris.json', 'iris.json'],
    ['predictions', 'out', 'out.csv'],
    ['predictions', 'out.txt', 'out.txt']
  ] as const)('a %s named %s becomes %s', async (purpose, typed, expected) => {
    const { files, save, ask } = dialogs()
    save.mockResolvedValueOnce({ canceled: false, filePath: join(folder, typed) })
    expect(await files.save(request({ purpose }))).toBe(join(folder, expected))
    expect(ask).not.toHaveBeenCalled()
  })

  it.each([
    [0, 'iris.lamina'],
    [1, null]
  ])('asks before an added ending would replace a file (answer %i)', async (response, expected) => {
    await writeFile(join(folder, 'iris.lamina'), '{}')
    const { files, save, ask } = dialogs()
    save.mockResolvedValueOnce({ canceled: false, filePath: join(folder, 'iris') })
    ask.mockResolvedValueOnce({ response, checkboxChecked: false })
    expect(await files.save(request())).toBe(expected === null ? null : join(folder, expected))
    expect(ask.mock.calls[0]?.[0]).toMatchObject({
      message: 'iris.lamina exists already. Replace it?',
      defaultId: 1,
      cancelId: 1
    })
  })
})
