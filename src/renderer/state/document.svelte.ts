import { blockType, type DesignNode } from '../../shared/catalogue/blocks'
import type { FileRef } from '../../shared/contract'
import { LaminaError } from '../../shared/errors'
import type { Design, Network } from '../../shared/design/schema'
import {
  checkNetwork,
  noContext,
  type NetworkCheck,
  type NetworkContext,
  type Problem
} from '../../shared/network/check'
import { emptyDesign } from '../../shared/network/propose'
import { emptyHistory, record, redo, rewrite, seal, undo, type History } from './history'
import { sameContent } from '../../shared/same-content'

/** Names a table opened in this window, for as long as the window lives; see `dataset`. */
export type TableKey = number

/** Everything undo brings back: the design and which opened table it is about. */
export interface DocumentState {
  readonly design: Design
  readonly table: TableKey | null
}

/** What changed the design: an edit, going back or forth in its history, or anything that is in no history. */
export type ChangeCause = 'edit' | 'undo' | 'redo' | 'other'

/** A history as one row of states, each step leading from one to the next. */
export interface RestoredHistory {
  /** One more than there are labels. */
  readonly states: readonly DocumentState[]
  readonly labels: readonly string[]
  /** The state to show. */
  readonly cursor: number
  /** What stands in the file; null when nothing there is like it. */
  readonly saved: DocumentState | null
}

export interface EditOptions {
  /** Edits with the same key in a row are one undoable step, until `seal()`: a scrub, typing in a field. */
  readonly gesture?: string
}

/** The document being edited: an immutable design, its undo history, and whether it is saved. */
class DocumentStore {
  #state = $state.raw<DocumentState>({ design: emptyDesign(), table: null })
  #history = $state.raw<History<DocumentState>>(emptyHistory)
  /** What stands in the file; null when nothing there is like it: a backup that was brought back. */
  #saved = $state.raw<DocumentState | null>(this.#state)
  readonly #listeners = new Set<(cause: ChangeCause) => void>()

  /** Where saving writes; null for a new document. */
  file = $state.raw<FileRef | null>(null)
  #contextSource: () => NetworkContext = () => noContext
  /** Counts documents: changes when another one takes this one's place. */
  generation = $state(0)

  /** Nothing but Input and Output and no dataset: an empty start, whose missing parts are no mistakes yet. */
  readonly blank = $derived(
    this.#state.design.dataset === null &&
      this.#state.design.network.nodes.every((node) => !blockType(node.type).addable)
  )
  readonly modified = $derived(!sameContent(this.#saved, this.#state))
  readonly nodes: ReadonlyMap<string, DesignNode> = $derived(
    new Map(this.#state.design.network.nodes.map((node) => [node.id, node]))
  )
  #unmoved: Network | null = null
  /** The network without regard to where its blocks are: what has only been moved since is as it was. */
  readonly #network = $derived.by(() => (this.#unmoved = unmoved(this.#unmoved, this.#state.design.network)))
  /** Blocks by their ids, for whoever does not ask where they are: nothing changes when they are moved. */
  readonly contents: ReadonlyMap<string, DesignNode> = $derived(
    new Map(this.#network.nodes.map((node) => [node.id, node]))
  )
  /** What the dataset says about both ends of the network. */
  readonly context: NetworkContext = $derived(this.#contextSource())
  #checked: NetworkCheck | null = null
  readonly check = $derived.by(
    () => (this.#checked = steadyFacts(this.#checked, checkNetwork(this.#network, this.context)))
  )
  /** Problems by the block they are marked at. */
  readonly problems: ReadonlyMap<string, readonly Problem[]> = $derived(byNode(this.check.problems))
  /** Dense layers from input to output, by id: their place decides their colour. */
  readonly layers: ReadonlyMap<string, number> = $derived(
    new Map(this.check.order.filter((id) => this.contents.get(id)?.type === 'dense').map((id, index) => [id, index]))
  )

  get design(): Design {
    return this.#state.design
  }
  get table(): TableKey | null {
    return this.#state.table
  }
  get state(): DocumentState {
    return this.#state
  }
  get history(): History<DocumentState> {
    return this.#history
  }
  /** What stands in the file, as far as is known; null when nothing there is like it. */
  get saved(): DocumentState | null {
    return this.#saved
  }
  get canUndo(): boolean {
    return this.#history.past.length > 0
  }
  get canRedo(): boolean {
    return this.#history.future.length > 0
  }
  /** What undo would take back: "Add ReLU". */
  get undoLabel(): string | null {
    return this.#history.past.at(-1)?.label ?? null
  }
  get redoLabel(): string | null {
    return this.#history.future[0]?.label ?? null
  }
  /** The name to show: the file's, or the design's own while there is none. */
  get title(): string {
    return this.file?.name ?? this.design.name
  }

  /**
   * Change the design as one undoable step. A change that changes nothing leaves no step.
   * @param label what is done, in the imperative: "Delete 2 blocks"
   */
  transact(label: string, change: (design: Design) => Design, options: EditOptions = {}): Design {
    return this.transactState(label, (state) => ({ ...state, design: change(state.design) }), options).design
  }

  /** Like `transact`, for steps that also change which table the design is about. */
  transactState(
    label: string,
    change: (state: DocumentState) => DocumentState,
    options: EditOptions = {}
  ): DocumentState {
    const before = this.#state
    const after = change(before)
    const gesture = options.gesture ?? null
    this.#history = record(
      gesture === null ? seal(this.#history) : this.#history,
      { label, before, after, gesture },
      sameContent
    )
    if (!sameContent(before, after)) this.#show(after, 'edit')
    return this.#state
  }

  /** End the gesture under way, if any: at the end of a scrub, when a field is left, when a key is released. */
  seal(): void {
    this.#history = seal(this.#history)
  }

  undo(): void {
    const result = undo(this.#history)
    if (result === null) return
    this.#history = result.history
    this.#show(result.value, 'undo')
  }
  redo(): void {
    const result = redo(this.#history)
    if (result === null) return
    this.#history = result.history
    this.#show(result.value, 'redo')
  }

  /** Put another document in this one's place; its history starts empty. */
  replace(state: DocumentState, file: FileRef | null): void {
    this.restore({ states: [state], labels: [], cursor: 0, saved: state }, file)
  }

  /** Put another document in this one's place, with its history. */
  restore({ states, labels, cursor, saved }: RestoredHistory, file: FileRef | null): void {
    const present = states[cursor]
    if (present === undefined) throw new LaminaError('internal', `There is no state ${cursor} of ${states.length}.`)
    const steps = labels.flatMap((label, index) => {
      const [before, after] = states.slice(index, index + 2)
      return before === undefined || after === undefined ? [] : [{ label, before, after, gesture: null }]
    })
    this.#history = { past: steps.slice(0, cursor), future: steps.slice(cursor) }
    this.#saved = saved
    this.file = file
    this.generation += 1
    this.#show(present, 'other')
  }

  /** Show what stands in the document's file now, as an undoable step. */
  load(label: string, state: DocumentState): void {
    this.#saved = this.transactState(label, () => state)
    this.#show(this.#state, 'other')
  }

  /**
   * The document was written. `written` is what stands in the file: where the table lies may have become relative to it.
   * @param current the state that was handed over for saving; edits made meanwhile stay unsaved
   */
  markSaved(current: DocumentState, written: Design, file: FileRef): void {
    const path = written.dataset?.path
    const table = current.table
    const saved: DocumentState = sameContent(written, current.design) ? current : { design: written, table }
    const moved = (state: DocumentState): DocumentState => {
      if (state === current) return saved
      if (path === undefined || state.table !== table || state.design.dataset === null) return state
      // States that stay as they are stay the same objects, by which the journal knows them.
      if (state.design.dataset.path === path) return state
      return { ...state, design: { ...state.design, dataset: { ...state.design.dataset, path } } }
    }
    this.#history = rewrite(this.#history, moved)
    this.#saved = saved
    this.file = file
    this.#show(moved(this.#state), 'other')
  }

  /** Where to learn about the dataset; set by `dataset` before anything is shown. */
  provideContext(source: () => NetworkContext): void {
    this.#contextSource = source
  }

  /** A table was found for a design that was opened without: no edit, so nothing to undo or save. */
  attachTable(table: TableKey): void {
    const attached = (state: DocumentState): DocumentState =>
      state.table === null && state.design.dataset !== null ? { ...state, table } : state
    this.#history = rewrite(this.#history, attached)
    this.#saved = this.#saved === null ? null : attached(this.#saved)
    this.#show(attached(this.#state), 'other')
  }

  /** Hear of every change of the design right after it happened. @returns a function that stops listening */
  onChange(listener: (cause: ChangeCause) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #show(state: DocumentState, cause: ChangeCause): void {
    this.#state = state
    for (const listener of this.#listeners) listener(cause)
  }
}

/**
 * @returns a network of the same content, in the objects of the one before as far as only positions differ: hundreds of
 * blocks that are moved need not be checked and drawn anew
 */
function unmoved(before: Network | null, network: Network): Network {
  if (before === null) return network
  const known = new Map(before.nodes.map((node) => [node.id, node]))
  const nodes = network.nodes.map((node) => {
    const old = known.get(node.id)
    return old !== undefined && isOnlyMoved(old, node) ? old : node
  })
  const same = nodes.length === before.nodes.length && nodes.every((node, index) => node === before.nodes[index])
  return same && sameContent(before.edges, network.edges) ? before : { ...network, nodes }
}

function isOnlyMoved(before: DesignNode, node: DesignNode): boolean {
  if (before === node) return true
  const [old, now] = [Object.entries(before), new Map<string, unknown>(Object.entries(node))]
  return (
    old.length === now.size &&
    old.every(([key, value]) => key === 'position' || (now.has(key) && sameContent(value, now.get(key))))
  )
}

/** @returns what is known of the blocks, in the objects of before where nothing is new: those need not be drawn anew */
function steadyFacts(before: NetworkCheck | null, check: NetworkCheck): NetworkCheck {
  if (before === null) return check
  const facts = new Map(
    [...check.facts].map(([id, now]) => {
      const old = before.facts.get(id)
      return [id, old !== undefined && sameContent(old, now) ? old : now]
    })
  )
  return { ...check, facts }
}

function byNode(problems: readonly Problem[]): ReadonlyMap<string, readonly Problem[]> {
  const map = new Map<string, Problem[]>()
  for (const problem of problems) {
    if (problem.node === null) continue
    const list = map.get(problem.node)
    if (list === undefined) map.set(problem.node, [problem])
    else list.push(problem)
  }
  return map
}

export const doc = new DocumentStore()
