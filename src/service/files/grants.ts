import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import type { FilePurpose, FileRef } from '../../shared/contract'
import { DESIGN_EXTENSION } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import { WEIGHTS_EXTENSION } from '../../shared/weights/schema'
import { BoundedMap } from '../bounded-map'
import { sameFile } from './same-file'
import { readError } from '../../files/system-error'

/** Tables made from another: predictions beside its rows, or its cells as they were understood. */
export const derivedPurposes = ['predictions', 'normalized'] as const
/** What a file is that is saved. */
export type SavePurpose = FilePurpose | (typeof derivedPurposes)[number]

/** What may be done with one path, and under which name clients know it. */
export interface Grant {
  /** Random: it cannot be guessed, and says nothing about the path. */
  readonly id: string
  /** Absolute and normalised. */
  readonly path: string
  readonly purpose: SavePurpose
  /** Where a page can fetch the file, on hosts that save by download. */
  readonly download: string | null
}

const openedAs: Readonly<Record<FilePurpose, string>> = {
  design: 'a design',
  dataset: 'a table',
  weights: 'a weights file'
}

/** More than anyone opens in one sitting; what was not used for longest is forgotten first. */
const MOST_GRANTS = 10_000

/**
 * The files clients may reach. A client never names a path: it names a grant, which exists only for a file the person
 * chose, dropped, uploaded or opened, or that such a file refers to.
 */
export class FileGrants {
  private readonly byId = new BoundedMap<string, Grant>(MOST_GRANTS)
  private readonly byPath = new BoundedMap<string, string>(MOST_GRANTS)

  /** @param ownFolders folders whose paths say nothing to a person: Lamina's own copies */
  constructor(private readonly ownFolders: readonly string[]) {}

  /**
   * Approve a path. The same path and purpose keep their grant.
   * @throws LaminaError `invalidArgument` for a path that is not absolute
   */
  grant(path: string, purpose: Grant['purpose'], download: string | null = null): FileRef {
    const normal = normalised(path)
    const key = `${purpose}:${normal}`
    const known = this.byId.get(this.byPath.get(key) ?? '')
    const grant: Grant = {
      id: known?.id ?? randomUUID(),
      path: normal,
      purpose,
      download: download ?? known?.download ?? null
    }
    this.byId.set(grant.id, grant)
    this.byPath.set(key, grant.id)
    return this.refOf(grant)
  }

  /**
   * Approve a path under the name that an earlier service gave it: a page that outlived that one still uses it. The caller
   * has both from what that service itself wrote down.
   */
  recall(id: string, path: string, purpose: FilePurpose): void {
    if (this.byId.get(id) !== undefined) return
    this.byId.set(id, { id, path: normalised(path), purpose, download: null })
    const key = `${purpose}:${normalised(path)}`
    if (this.byPath.get(key) === undefined) this.byPath.set(key, id)
  }

  /**
   * Approve a file that is there.
   * @throws LaminaError `notFound`, `permissionDenied` or `invalidArgument`
   */
  async grantExisting(path: string, purpose: FilePurpose): Promise<FileRef> {
    await requireFile(normalised(path))
    return this.grant(path, purpose)
  }

  /** @throws LaminaError `permissionDenied` for an id that stands for no approved file */
  require(id: string): Grant {
    const grant = this.byId.get(id)
    if (grant !== undefined) return grant
    throw new LaminaError(
      'permissionDenied',
      'This file was not opened by you, or Lamina was restarted since. Open it again.',
      { file: id }
    )
  }

  /**
   * The grant as a place to write to: only documents of the same kind may be replaced.
   * @throws LaminaError `permissionDenied`
   */
  requireTarget(id: string, purpose: Grant['purpose']): Grant {
    const grant = this.require(id)
    if (grant.purpose === purpose) return grant
    const name = basename(grant.path)
    throw new LaminaError(
      'permissionDenied',
      `${name} was opened as a ${grant.purpose}; a ${purpose} is not written over it.`,
      { file: id }
    )
  }

  /**
   * That saving to a path would not destroy something of another kind that the person opened, be it under another name.
   * A table made from another may replace a table, for example an earlier one; not the one it is made from is the caller's
   * matter.
   * @throws LaminaError `permissionDenied`
   */
  async requireNoOtherUse(path: string, purpose: Grant['purpose']): Promise<void> {
    for (const grant of [...this.byId.values()]) {
      const replaceable = grant.purpose === purpose || (isDerived(purpose) && grant.purpose === 'dataset')
      if (replaceable || isDerived(grant.purpose) || !(await sameFile(grant.path, path))) continue
      throw new LaminaError(
        'permissionDenied',
        `${path} is ${openedAs[grant.purpose]} you opened; nothing else is written over it. Choose another name.`,
        { path }
      )
    }
  }

  /** Lamina's own copy (an upload, a download, an example), as opposed to a file of the person's. */
  isOwnCopy(path: string): boolean {
    return this.ownFolders.some((folder) => isInside(folder, path))
  }

  refOf(grant: Grant): FileRef {
    return {
      id: grant.id,
      name: basename(grant.path),
      location: this.isOwnCopy(grant.path) ? '' : shortened(dirname(grant.path))
    }
  }
}

function normalised(path: string): string {
  if (isAbsolute(path) && !path.includes('\0')) return resolve(path)
  throw new LaminaError('invalidArgument', `Expected an absolute path, found ${JSON.stringify(path)}.`, { path })
}

/** @throws LaminaError when there is no ordinary file at the path */
export async function requireFile(path: string): Promise<void> {
  let found
  try {
    found = await stat(path)
  } catch (error) {
    throw readError(path, error)
  }
  if (found.isFile()) return
  const what = found.isDirectory() ? 'a folder' : 'not an ordinary file'
  throw new LaminaError('invalidArgument', `${path} is ${what}; a file was expected.`, { path })
}

/** What a file is, by its name. */
export function purposeOf(path: string): FilePurpose {
  const name = basename(path).toLowerCase()
  if (name.endsWith(DESIGN_EXTENSION)) return 'design'
  return name.endsWith(WEIGHTS_EXTENSION) || name.endsWith('.json') ? 'weights' : 'dataset'
}

export function isInside(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path))
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** A folder as a person is shown it: their own one is `~`. */
export function shortened(folder: string): string {
  const home = homedir()
  if (folder === home) return '~'
  return isInside(home, folder) ? `~${sep}${relative(home, folder)}` : folder
}

function isDerived(purpose: SavePurpose): purpose is (typeof derivedPurposes)[number] {
  return derivedPurposes.some((derived) => derived === purpose)
}
