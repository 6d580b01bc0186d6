import { LaminaError, messageOf } from '../../shared/errors'
import type { Relation, Relations, TargetRelations } from '../../shared/table/relations'
import type { DatasetSettings } from '../../shared/design/schema'
import { dataset } from '../state/dataset.svelte'
import { session } from '../state/session.svelte'

interface Wanted extends Pick<DatasetSettings, 'targets' | 'columns'> {
  readonly dataset: string
}

/** What the columns of the document's table have to do with its targets. */
class RelationsStore {
  #found = $state.raw<{ readonly key: string; readonly relations: Relations } | null>(null)
  /** What is being asked for. */
  #asked: string | null = null
  #failed = $state.raw<{ readonly key: string; readonly problem: string } | null>(null)

  // As text, so that settings that make no difference here, and tables opened again, stop at it.
  readonly #key = $derived(keyOf(dataset.current?.id ?? null, dataset.settings))
  /** Of the present table, targets and types; null until it is known. */
  readonly current: Relations | null = $derived(
    this.#found !== null && this.#found.key === this.#key ? this.#found.relations : null
  )
  readonly problem: string | null = $derived(
    this.#failed !== null && this.#failed.key === this.#key ? this.#failed.problem : null
  )
  /** Of the first target: what a small picture beside every column shows. */
  readonly target: TargetRelations | null = $derived(this.current?.targets[0] ?? null)
  readonly #byColumn: ReadonlyMap<string, Relation> = $derived(
    new Map((this.target?.relations ?? []).map((relation) => [relation.column, relation]))
  )

  of(column: string): Relation | null {
    return this.#byColumn.get(column) ?? null
  }

  /** For an effect: ask whenever table, targets or types have changed, and preparing, which matters more, is done. */
  follow(): void {
    const key = this.#key
    if (key === null || this.current !== null || this.problem !== null) return
    if (dataset.busy !== null || session.status !== 'ready' || this.#asked === key) return
    void this.#ask(key)
  }

  async #ask(key: string): Promise<void> {
    this.#asked = key
    try {
      const relations = await session.request('dataset.relations', JSON.parse(key) as Wanted)
      if (this.#key === key) this.#found = { key, relations }
    } catch (error) {
      // Given up, or asked again with the next connection.
      if (error instanceof LaminaError && (error.code === 'cancelled' || error.code === 'disconnected')) return
      if (this.#key === key) this.#failed = { key, problem: messageOf(error) }
    } finally {
      if (this.#asked === key) this.#asked = null
    }
  }
}

function keyOf(id: string | null, settings: DatasetSettings | null): string | null {
  if (id === null || settings === null) return null
  const wanted: Wanted = { dataset: id, targets: settings.targets, columns: settings.columns }
  return JSON.stringify(wanted)
}

export const relations = new RelationsStore()
