import { basename } from 'node:path'
import type { SavedFile } from '../../shared/contract'
import type { Host, SaveRequest } from '../host'
import { createFileAtomically, writeFileAtomically, type Content, type TemporaryFiles } from '../../files/atomic-write'
import type { FileGrants, Grant } from './grants'

/** Where a document goes: a file the person has open already, or a place they are asked for. */
export interface SaveQuestion {
  /** Grant to write over, or null to ask. */
  readonly file: string | null
  readonly purpose: SaveRequest['purpose']
  readonly suggestedName: string
  /** Folder to start in. */
  readonly folder: string | null
}

/** Finds places to save to and writes there. */
export class SavePlaces {
  /** The newest write of each path that is under way; it never rejects. */
  private readonly writing = new Map<string, Promise<unknown>>()

  constructor(
    private readonly host: Host,
    private readonly grants: FileGrants,
    private readonly temporaries: TemporaryFiles
  ) {}

  /**
   * Asks the person where a place is not given, or where writing over an upload would leave them without the file.
   * @returns null when they cancel
   * @throws LaminaError `permissionDenied` for a place that holds something else the person opened
   */
  async find(question: SaveQuestion): Promise<Grant | null> {
    const { file, purpose } = question
    const given = file === null ? null : this.grants.requireTarget(file, purpose)
    const byDownload = given !== null && this.grants.isOwnCopy(given.path) && given.download === null
    if (given !== null && !byDownload) return given
    const suggestedName = given === null ? question.suggestedName : basename(given.path)
    const folder = question.folder !== null && this.grants.isOwnCopy(question.folder) ? null : question.folder
    const target = await this.host.chooseSaveTarget({ purpose, suggestedName, folder })
    if (target === null) return null
    await this.grants.requireNoOtherUse(target.path, purpose)
    return this.grants.require(this.grants.grant(target.path, purpose, target.download).id)
  }

  /**
   * Make a file that goes along with one the person saves, where nothing has its name yet.
   * @returns false where something has
   * @throws LaminaError `permissionDenied`, `writeFailed`
   */
  create(path: string, content: Content): Promise<boolean> {
    return createFileAtomically(path, content, { temporaries: this.temporaries })
  }

  /**
   * Write the whole file or nothing. Saves of one file take turns, so that the one asked for last is what stays.
   * @param check of what is to be replaced, when it is this save's turn; throws when it must not be
   */
  async write(place: Grant, content: Content, check: (() => Promise<void>) | null = null): Promise<SavedFile> {
    const before = this.writing.get(place.path) ?? Promise.resolve()
    const written = before.then(async () => {
      await check?.()
      await writeFileAtomically(place.path, content, { temporaries: this.temporaries })
    })
    const over = written.catch(() => undefined)
    this.writing.set(place.path, over)
    try {
      await written
    } finally {
      if (this.writing.get(place.path) === over) this.writing.delete(place.path)
    }
    return { file: this.grants.refOf(place), download: place.download }
  }
}
