import type { BaseWindow, Dialog, FileFilter } from 'electron'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { SaveRequest } from '../service'
import type { FilePurpose } from '../shared/contract'

type Purpose = SaveRequest['purpose']
interface Kind {
  readonly title: string
  readonly filter: FileFilter
  /** What a saved file's name ends with. */
  readonly suffix: string
}

const anyFile: FileFilter = { name: 'All files', extensions: ['*'] }
const kinds: Readonly<Record<Purpose, Kind>> = {
  design: { title: 'design', filter: { name: 'Lamina designs', extensions: ['lamina', 'json'] }, suffix: '.lamina' },
  dataset: {
    title: 'table',
    filter: { name: 'Tables', extensions: ['csv', 'tsv', 'tab', 'txt', 'gz', 'parquet', 'jsonl', 'ndjson'] },
    suffix: '.csv'
  },
  // Filters of most systems know only what follows the last dot.
  weights: { title: 'weights', filter: { name: 'Trained weights', extensions: ['json'] }, suffix: '.weights.json' },
  normalized: { title: 'clean table', filter: { name: 'Tables', extensions: ['csv'] }, suffix: '.csv' },
  predictions: { title: 'predictions', filter: { name: 'Tables', extensions: ['csv'] }, suffix: '.csv' }
}

/** A dot alone does not make an ending: a design may well be called "iris v1.2". */
const KNOWN_ENDING = /\.(lamina|json|csv|tsv|tab|txt)$/i

export type FileDialog = Pick<Dialog, 'showOpenDialog' | 'showSaveDialog' | 'showMessageBox'>

/** The system's own questions about files, as sheets of a window when there is one. */
export class FileDialogs {
  constructor(
    private readonly dialog: FileDialog,
    private readonly window: () => BaseWindow | null
  ) {}

  async open(purpose: FilePurpose): Promise<string | null> {
    const { title, filter } = kinds[purpose]
    const options = { title: `Open ${title}`, filters: [filter, anyFile], properties: ['openFile' as const] }
    const window = this.window()
    const { canceled, filePaths } = await (window === null
      ? this.dialog.showOpenDialog(options)
      : this.dialog.showOpenDialog(window, options))
    return canceled ? null : (filePaths[0] ?? null)
  }

  async save(request: SaveRequest): Promise<string | null> {
    const { title, filter, suffix } = kinds[request.purpose]
    const options = {
      title: `Save ${title}`,
      defaultPath: request.folder === null ? request.suggestedName : join(request.folder, request.suggestedName),
      filters: [request.purpose === 'design' ? { ...filter, extensions: ['lamina'] } : filter, anyFile],
      properties: ['createDirectory' as const, 'showOverwriteConfirmation' as const]
    }
    const window = this.window()
    const { canceled, filePath } = await (window === null
      ? this.dialog.showSaveDialog(options)
      : this.dialog.showSaveDialog(window, options))
    if (canceled || filePath === '') return null
    // Not every system adds the ending; with it, the file may be one the dialog did not ask about.
    if (KNOWN_ENDING.test(filePath)) return filePath
    const complete = `${filePath}${suffix}`
    return !existsSync(complete) || (await this.mayReplace(complete)) ? complete : null
  }

  private async mayReplace(path: string): Promise<boolean> {
    const options = {
      type: 'warning' as const,
      message: `${basename(path)} exists already. Replace it?`,
      buttons: ['Replace', 'Cancel'],
      defaultId: 1,
      cancelId: 1
    }
    const window = this.window()
    const { response } = await (window === null
      ? this.dialog.showMessageBox(options)
      : this.dialog.showMessageBox(window, options))
    return response === 0
  }
}
