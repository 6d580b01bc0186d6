import { basename, dirname } from 'node:path'
import type { FileRef, OpenedDesign, SavedFile } from '../../shared/contract'
import { formatDesign, parseDesign } from '../../shared/design/document'
import { DESIGN_EXTENSION, type Design } from '../../shared/design/schema'
import { LaminaError, messageOf } from '../../shared/errors'
import { BoundedMap } from '../bounded-map'
import type { Datasets } from '../datasets/datasets'
import { checkWritable } from '../../files/atomic-write'
import { fileNameFor } from '../files/file-names'
import { requireFile, type FileGrants, type Grant } from '../files/grants'
import { sha256Of, type OpenFiles } from '../files/open-files'
import { readBytes } from '../files/read-text'
import type { RecentFiles } from '../files/recent-files'
import type { SavePlaces } from '../files/save-places'
import type { Examples } from './examples'
import { copyBeside, locate, staysBeside, storedPath } from './table-beside'

export interface SaveDesign {
  readonly design: Design
  /** Grant to write over, or null to ask for a place. */
  readonly file: string | null
  /** The design's table, by the id of the open table or of its file; null while there is none. */
  readonly dataset: string | null
  /** The person knows that the file is not as they last saw it. */
  readonly overwrite?: boolean | undefined
}

/** Opening and saving designs. The person's file stays as it was when anything goes wrong. */
export class Documents {
  /** Paths of tables as designs of the person's own, or examples, stored them, found or not, with where they lead. */
  private readonly namedTables = new BoundedMap<string, string>(1000)

  constructor(
    private readonly grants: FileGrants,
    private readonly places: SavePlaces,
    private readonly recent: RecentFiles,
    private readonly examples: Examples,
    private readonly datasets: Datasets,
    private readonly openFiles: OpenFiles
  ) {}

  /** @throws LaminaError `notFound`, `permissionDenied`, `invalidDesign`, `unsupportedVersion` */
  async open(client: string, file: string): Promise<OpenedDesign> {
    const { path } = this.grants.require(file)
    const bytes = await readBytes(path)
    const design = parseDesign(bytes.toString('utf8'), basename(path))
    const table = await this.findTable(path, design)
    // Saving an upload makes a download, so windows cannot get into each other's way there.
    const openElsewhere = !this.grants.isOwnCopy(path) && (await this.openFiles.others(client, path)).length > 0
    this.openFiles.note(client, path, sha256Of(bytes))
    return { design, file: this.grants.grant(path, 'design'), openElsewhere, ...table }
  }

  /** A table that the person opened once, as one of their designs names it: the design can be saved without it. */
  noteTable(stored: string, path: string): void {
    this.namedTables.set(stored, path)
  }

  /** @throws LaminaError `notFound` */
  async openExample(client: string, id: string): Promise<OpenedDesign> {
    const { design, tablePath } = await this.examples.read(id)
    this.openFiles.forget(client)
    const dataset = await this.grants.grantExisting(tablePath, 'dataset')
    if (design.dataset !== null) this.namedTables.set(design.dataset.path, tablePath)
    return { design, file: null, dataset, problem: null, openElsewhere: false }
  }

  /**
   * @returns null when the person cancelled
   * @throws LaminaError `conflict` when the file is not as the client opened or last saved it; `permissionDenied`,
   * `writeFailed`. The file is as it was then.
   */
  async save(
    client: string,
    { design, file, dataset, overwrite }: SaveDesign
  ): Promise<{ saved: SavedFile; design: Design } | null> {
    const tablePath = dataset === null ? null : this.datasets.pathOf(dataset)
    const place = await this.places.find({
      file,
      purpose: 'design',
      suggestedName: fileNameFor(design.name, DESIGN_EXTENSION),
      folder: tablePath === null ? null : dirname(tablePath)
    })
    if (place === null) return null
    const { path } = place
    // A place that was just chosen was asked about by the dialog that chose it.
    const check = file === null || overwrite === true ? null : () => this.checkUnchanged(client, place)
    await check?.()
    const stored = await this.withTable(client, design, place, tablePath)
    const text = formatDesign(stored)
    const saved = await this.places.write(place, text, check)
    this.openFiles.noteWritten(client, path, sha256Of(text))
    return { saved, design: stored }
  }

  private checkUnchanged(client: string, place: Grant): Promise<void> {
    const { name, location } = this.grants.refOf(place)
    return this.openFiles.check(client, place.path, { name, location })
  }

  private async findTable(
    designPath: string,
    design: Design
  ): Promise<{ dataset: FileRef | null; problem: string | null }> {
    if (design.dataset === null) return { dataset: null, problem: null }
    const { path: stored } = design.dataset
    const path = locate(designPath, stored)
    if (this.grants.isOwnCopy(designPath) && !staysBeside(designPath, stored)) {
      // An upload says what it likes; it must not lead to files the person did not hand over.
      return { dataset: null, problem: `This design's table is ${stored}, which was not sent along. Open it as well.` }
    }
    this.namedTables.set(stored, path)
    try {
      await requireFile(path)
      return { dataset: this.grants.grant(path, 'dataset'), problem: null }
    } catch (error) {
      const similar = this.grants.isOwnCopy(designPath) ? await this.handedOver(basename(path)) : null
      if (similar !== null) return { dataset: similar, problem: null }
      if (!(error instanceof LaminaError)) throw error
      const where = this.grants.isOwnCopy(designPath) ? '' : ` (looked in ${dirname(path)})`
      const problem = `The table ${basename(path)} is not where this design expects it${where}. Choose where it is now.`
      return { dataset: null, problem: error.code === 'notFound' ? problem : messageOf(error) }
    }
  }

  /** Uploads have no folder in common: the latest one of that name is the table that was meant, or an example's. */
  private async handedOver(name: string): Promise<FileRef | null> {
    const uploads = (await this.recent.list()).filter(
      ({ path, purpose }) => purpose === 'dataset' && this.grants.isOwnCopy(path)
    )
    for (const path of [...uploads.map((upload) => upload.path), ...(await this.examples.tablePaths())]) {
      if (basename(path) !== name) continue
      const file = await this.grants.grantExisting(path, 'dataset').catch(() => null)
      if (file !== null) return file
    }
    return null
  }

  /** The design with its table's path as seen from where it will lie. */
  private async withTable(client: string, design: Design, place: Grant, tablePath: string | null): Promise<Design> {
    if (design.dataset === null) return design
    const path =
      tablePath === null
        ? await this.keptPath(client, design.dataset.path, place)
        : await this.pathBeside(place, tablePath)
    return { ...design, dataset: { ...design.dataset, path } }
  }

  private async pathBeside(place: Grant, tablePath: string): Promise<string> {
    // A download leaves this machine's folders: only the name means anything there.
    if (this.grants.isOwnCopy(place.path)) return basename(tablePath)
    if (!this.grants.isOwnCopy(tablePath)) return storedPath(place.path, tablePath)
    // No copy is left beside a design that cannot be written.
    await checkWritable(place.path)
    return storedPath(place.path, await this.copied(place.path, tablePath))
  }

  private copied(designPath: string, tablePath: string): Promise<string> {
    return copyBeside(designPath, tablePath, (path, content) => this.places.create(path, content))
  }

  /**
   * The path of a table that is not open just now. A client's word for a path is taken only if one of the person's own
   * files says the same: opening the design grants the table, and what lies beside a design, or comes to lie there later,
   * was not handed over with it.
   */
  private async keptPath(client: string, stored: string, place: Grant): Promise<string> {
    const named =
      this.namedTables.get(stored) ??
      (await this.namedIn(place.path, stored)) ??
      (await this.namedIn(this.openFiles.pathOf(client), stored))
    if (named === null) {
      throw new LaminaError(
        'permissionDenied',
        `The table ${stored} was not opened by you. Open it, then save again.`,
        { path: stored }
      )
    }
    // A download leaves this machine's folders: only the name means anything there.
    if (this.grants.isOwnCopy(place.path)) return basename(stored)
    return this.grants.isOwnCopy(named) ? this.pathBeside(place, named) : storedPath(place.path, named)
  }

  /** Where a design on the disk says that its table is, when it says it in these words; null otherwise. */
  private async namedIn(designPath: string | null, stored: string): Promise<string | null> {
    if (designPath === null || (this.grants.isOwnCopy(designPath) && !staysBeside(designPath, stored))) return null
    try {
      const { dataset } = parseDesign((await readBytes(designPath)).toString('utf8'), basename(designPath))
      return dataset?.path === stored ? locate(designPath, stored) : null
    } catch (error) {
      if (error instanceof LaminaError) return null
      throw error
    }
  }
}
