import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import type { ClientJournalHead, JournalChange, LostWork, RestoredWork } from '../../shared/contract'
import { LaminaError, messageOf } from '../../shared/errors'
import type { Approval, StoredHead } from '../../shared/journal/stored'
import { BoundedMap } from '../bounded-map'
import type { FileGrants } from '../files/grants'
import type { OpenFiles } from '../files/open-files'
import { systemCode, writeError } from '../../files/system-error'
import { JournalFile, readJournal } from './journal-file'
import { backupRefusal } from './backup-refusal'
import { SessionFolder } from './session-folder'
import { soundHistory } from './sound-history'

const SUFFIX = '.journal'
/** Unsaved work that nobody asked for in this long, or beyond this many, is given up: the oldest first. */
const MOST_LOST = 100
const KEPT_MS = 180 * 24 * 60 * 60 * 1000
/** Documents without unsaved changes whose page may be about to come back: it is being loaded again. */
const MOST_UNCHANGED = 20

/** A client's journal. */
interface Held {
  readonly id: string
  readonly file: JournalFile
  /** What an earlier service knew of the document's file; null when this one knows better, or nobody does. */
  readonly before: StoredHead['file']
  sequence: number
}
interface Found {
  readonly id: string
  readonly path: string
}

/**
 * Backups of every open document in the data folder, undo history included. A journal belongs to one client; whose client
 * is gone is unsaved work that the next window offers.
 */
export class Journals {
  private readonly held = new Map<string, Held>()
  /** Clients whose work is not wanted: their pages are going, and may say one more thing about it. */
  private readonly unwanted = new Set<string>()
  /** What journals of pages that may come back say of their files, once they are tidied away. */
  private readonly files = new BoundedMap<string, StoredHead['file']>(MOST_LOST)
  private readonly session: SessionFolder
  /** One change at a time: who holds what, and what is on disk, belong together. Never rejects. */
  private turn: Promise<unknown> = Promise.resolve()

  /** @param root holds the journals of all services that share the data folder */
  constructor(
    private readonly root: string,
    private readonly grants: FileGrants,
    private readonly open: OpenFiles,
    private readonly warn: (message: string) => void,
    private readonly now: () => number = Date.now
  ) {
    this.session = new SessionFolder(root, warn)
  }

  /**
   * Back up a client's document.
   * @param id of its journal; null begins a new one
   * @returns when it is on disk; the sequence is null when the delta is not one of what is there
   * @throws LaminaError `permissionDenied`, `writeFailed`: nothing is backed up until a later write succeeds
   */
  async write(
    client: string,
    id: string | null,
    change: JournalChange
  ): Promise<{ journal: string; sequence: number | null }> {
    try {
      return await this.store(client, id, change)
    } catch (error) {
      throw backupRefusal(this.root, error)
    }
  }

  private store(
    client: string,
    id: string | null,
    change: JournalChange
  ): Promise<{ journal: string; sequence: number | null }> {
    // Before anything that was asked for later: a save of this document may be on its heels.
    if (change.kind === 'whole' && change.content.head.file === null) this.open.forget(client)
    return this.inTurn(async () => {
      const held = this.held.get(client)
      if (this.unwanted.has(client)) return { journal: id ?? randomUUID(), sequence: null }
      if (change.kind === 'delta') {
        if (held === undefined || held.id !== id || held.sequence !== change.after) {
          return { journal: held?.id ?? id ?? randomUUID(), sequence: null }
        }
        const { head, ...delta } = change.delta
        await held.file.append({ ...delta, head: this.stored(client, held, head) }, this.now())
        return { journal: held.id, sequence: ++held.sequence }
      }
      const mine = held ?? (await this.begin(id))
      const { head, ...content } = change.content
      await mine.file.rewrite({ ...content, head: this.stored(client, mine, head) }, this.now())
      this.held.set(client, mine)
      return { journal: mine.id, sequence: ++mine.sequence }
    })
  }

  /** Unsaved work of clients that are gone, the latest first. */
  list(): Promise<LostWork[]> {
    return this.inTurn(async () => {
      const lost: LostWork[] = []
      for (const found of await this.unheld()) {
        const work = await this.describe(found)
        if (work !== null) lost.push(work)
      }
      lost.sort((a, b) => b.at - a.at)
      return lost
    })
  }

  /**
   * Give a document to a client, with its files approved again.
   * @throws LaminaError `notFound` when another client has it, or nobody knows it; `invalidArgument`, `invalidDesign`,
   * `unsupportedVersion` for one that cannot be brought back
   */
  take(client: string, id: string): Promise<RestoredWork> {
    return this.inTurn(async () => {
      const found = (await this.unheld()).find((candidate) => candidate.id === id)
      if (found === undefined) {
        throw new LaminaError('notFound', 'This unsaved work is open in another window, or was discarded.', {
          journal: id
        })
      }
      const read = await readJournal(found.path)
      const { head } = read.content
      const history = soundHistory(read.content, head.title)
      await this.release(client)
      await this.session.use()
      const path = join(this.session.path, `${id}${SUFFIX}`)
      // Moving it claims it, from other services as well.
      if (path !== found.path) await rename(found.path, path)
      const held: Held = { id, file: new JournalFile(path, read.content), before: head.file, sequence: 0 }
      this.held.set(client, held)
      const openElsewhere = head.file !== null && (await this.open.others(client, head.file.path)).length > 0
      if (head.file !== null) this.open.note(client, head.file.path, head.file.sha256)
      const file = head.file === null ? null : this.grants.grant(head.file.path, 'design')
      const tables = head.tables.map((table) => ({ ...table, file: this.grants.grant(table.file, 'dataset') }))
      const damage = read.damaged ? 'A part of its backup was damaged: the last changes may be missing.' : null
      const problem = [damage, history.problem].filter((text) => text !== null).join(' ')
      return {
        journal: id,
        sequence: held.sequence,
        content: {
          base: { ...history.base },
          steps: history.steps,
          head: {
            title: head.title,
            cursor: history.cursor,
            saved: history.saved,
            modified: head.modified,
            file: file?.id ?? null,
            tables: tables.map(({ key, file: { id: table }, overrides }) => ({ key, file: table, overrides }))
          }
        },
        file,
        tables: tables.map(({ key, file: table }) => ({ key, file: table })),
        problem: problem === '' ? null : problem,
        openElsewhere
      }
    })
  }

  /** Remove unsaved work for good. @throws LaminaError `notFound` when a client has it open */
  discard(id: string): Promise<void> {
    return this.inTurn(async () => {
      const found = (await this.unheld()).find((candidate) => candidate.id === id)
      if (found === undefined) {
        throw new LaminaError('notFound', 'This unsaved work is open in another window, or was discarded.', {
          journal: id
        })
      }
      await rm(found.path, { force: true })
    })
  }

  /** The client's page goes in good order, or is loaded again. */
  leave(client: string): Promise<void> {
    return this.inTurn(async () => {
      await this.held.get(client)?.file.leave(this.now())
    })
  }

  /** The client is gone. Its journal stays: for the same page when it is loaded again, or as unsaved work. */
  disconnected(client: string): Promise<void> {
    return this.inTurn(async () => {
      this.unwanted.delete(client)
      await this.release(client)
      await this.dropUnchanged(MOST_UNCHANGED)
    })
  }

  /** The person does not want the client's unsaved changes. */
  forget(client: string): Promise<void> {
    return this.inTurn(async () => {
      const held = this.held.get(client)
      this.held.delete(client)
      this.unwanted.add(client)
      await held?.file.remove()
    })
  }

  /** Remove what no one will ask for any more: documents that were saved when their service ended, and very old ones. */
  async tidy(): Promise<void> {
    await this.inTurn(async () => {
      for (const folder of await this.session.abandoned()) {
        for (const { id, path } of await journalsIn(folder)) {
          const head = await headOf(path)
          if (head !== null) this.recall(id, head)
          if (head?.modified === false) await rm(path, { force: true })
        }
        if ((await journalsIn(folder)).length === 0) await rm(folder, { recursive: true, force: true })
      }
      await this.dropOld()
    })
  }

  /** What is unsaved stays for the next start, and what pages have open that may outlive this service. */
  close(): Promise<void> {
    return this.inTurn(async () => {
      await this.dropUnchanged(0)
      for (const [client, { file }] of [...this.held]) {
        await this.release(client)
        const head = file.content?.head
        if (head?.modified === false && head.approvals.length === 0) await file.remove()
      }
      await this.session.close((await journalsIn(this.session.path)).length === 0)
    })
  }

  private async begin(id: string | null): Promise<Held> {
    // Only the page it belongs to knows the number of a journal that a client has: it came back over a new connection
    // before the old one was noticed to be gone.
    for (const [other, held] of this.held) if (held.id === id) await this.release(other)
    const known = id === null ? undefined : (await this.unheld()).find((found) => found.id === id)
    const head = known === undefined ? null : await headOf(known.path)
    if (id !== null && head !== null) this.recall(id, head)
    const before = id === null ? null : (this.files.get(id) ?? null)
    try {
      await this.session.use()
      const taken = known?.id ?? randomUUID()
      const path = join(this.session.path, `${taken}${SUFFIX}`)
      if (known !== undefined && known.path !== path) {
        await mkdir(dirname(path), { recursive: true })
        await rename(known.path, path)
      }
      return { id: taken, file: new JournalFile(path), before, sequence: 0 }
    } catch (error) {
      throw writeError(this.session.path, error)
    }
  }

  /** The head with paths for grants, and what the client last saw of its file; for one that came back, as it was. */
  private stored(client: string, held: Held, head: ClientJournalHead): StoredHead {
    const approvals: Approval[] = []
    const tables = head.tables.flatMap((table) => {
      const path = this.pathOf(table.file)
      if (path === null) return []
      approvals.push({ grant: table.file, path, purpose: 'dataset' })
      return [{ ...table, file: path }]
    })
    const path = head.file === null ? null : this.pathOf(head.file)
    if (path === null || head.file === null) return { ...head, file: null, tables, approvals }
    approvals.push({ grant: head.file, path, purpose: 'design' })
    const before = held.file.content?.head.file ?? held.before
    const sha256 = this.open.known(client, path) ?? (before?.path === path ? before.sha256 : null)
    if (!this.open.has(client)) this.open.note(client, path, sha256)
    return { ...head, file: { path, sha256 }, tables, approvals }
  }

  /** A page may come back that knows the files of this journal by the names another service gave them. */
  private recall(id: string, { file, approvals }: StoredHead): void {
    for (const { grant, path, purpose } of approvals) {
      if (isAbsolute(path)) this.grants.recall(grant, path, purpose)
    }
    if (file !== null) this.files.set(id, file)
  }

  /** A grant that is not known any more costs the place of a file, never the backup. */
  private pathOf(grant: string): string | null {
    try {
      return this.grants.require(grant).path
    } catch (error) {
      if (error instanceof LaminaError) return null
      throw error
    }
  }

  private async release(client: string): Promise<void> {
    const held = this.held.get(client)
    this.held.delete(client)
    await held?.file.close()
  }

  /** Journals that no client of this or another running service has. */
  private async unheld(): Promise<Found[]> {
    const taken = new Set([...this.held.values()].map(({ id }) => id))
    const own = (await journalsIn(this.session.path)).filter(({ id }) => !taken.has(id))
    const others = await Promise.all((await this.session.abandoned()).map((folder) => journalsIn(folder)))
    return [...own, ...others.flat()]
  }

  /** @returns null for a document without unsaved changes */
  private async describe({ id, path }: Found): Promise<LostWork | null> {
    try {
      const { content, at, left, damaged } = await readJournal(path)
      const { head } = content
      if (!head.modified) return null
      const location =
        head.file === null
          ? ''
          : this.grants.refOf(this.grants.require(this.grants.grant(head.file.path, 'design').id)).location
      const problem = damaged ? 'A part of its backup is damaged; what was done before that can be brought back.' : null
      return { journal: id, title: head.title, location, at, closed: left, problem, restorable: true }
    } catch (error) {
      if (systemCode(error) !== null || (error instanceof LaminaError && error.code === 'notFound')) return null
      const at = await stat(path).then(
        ({ mtimeMs }) => Math.round(mtimeMs),
        () => 0
      )
      return {
        journal: id,
        title: basename(path),
        location: '',
        at,
        closed: false,
        problem: messageOf(error),
        restorable: false
      }
    }
  }

  /** @param most how many of this service's own may stay */
  private async dropUnchanged(most: number): Promise<void> {
    const taken = new Set([...this.held.values()].map(({ id }) => id))
    const unchanged: { path: string; at: number }[] = []
    for (const { id, path } of await journalsIn(this.session.path)) {
      if (taken.has(id) || (await headOf(path))?.modified !== false) continue
      unchanged.push({ path, at: await modifiedAt(path) })
    }
    unchanged.sort((a, b) => b.at - a.at)
    for (const { path } of unchanged.slice(most)) await rm(path, { force: true })
  }

  private async dropOld(): Promise<void> {
    const all = await Promise.all((await this.unheld()).map(async ({ path }) => ({ path, at: await modifiedAt(path) })))
    all.sort((a, b) => b.at - a.at)
    for (const [index, { path, at }] of all.entries()) {
      if (index < MOST_LOST && this.now() - at < KEPT_MS) continue
      this.warn(`Unsaved work of ${new Date(at).toISOString()} that nobody asked for was given up: ${path}.`)
      await rm(path, { force: true })
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work)
    this.turn = result.catch(() => undefined)
    return result
  }
}

async function journalsIn(folder: string): Promise<Found[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => ({ id: name.slice(0, -SUFFIX.length), path: join(folder, name) }))
}

/** @returns null when it cannot be told */
async function headOf(path: string): Promise<StoredHead | null> {
  return readJournal(path).then(
    ({ content }) => content.head,
    () => null
  )
}

async function modifiedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0
  )
}
