import type { FeatureEncoding } from '../../shared/weights/schema'
import { NAMED_CELLS, standInOf, type Substitution } from '../../shared/weights/substitutions'
import type { Database } from '../database'
import type { Table, TableColumn } from '../reading/table'
import { cellText } from './column-values'

/** Rows whose cells are looked at for examples: enough to find different ones. */
const ROWS_FOR_EXAMPLES = 16
const EXAMPLE_LENGTH = 40

/** Rows in which a feature said nothing the network can use, counted while they are encoded. */
export class CellTally {
  missing = 0
  readonly notUnderstood = new OddCells()
  readonly unknownCategory = new OddCells()

  constructor(
    readonly column: TableColumn,
    readonly encoding: FeatureEncoding
  ) {}

  /** @returns null when every cell was encoded as what it is */
  async substitution(database: Database, table: Table): Promise<Substitution | null> {
    const { column, encoding, missing, notUnderstood, unknownCategory } = this
    if (missing + notUnderstood.rows + unknownCategory.rows === 0) return null
    const told = async (cells: OddCells): Promise<Substitution['notUnderstood']> => ({
      rows: cells.rows,
      examples: await cells.examples(database, table, column)
    })
    return {
      column: column.name,
      kind: encoding.kind,
      missing,
      notUnderstood: await told(notUnderstood),
      unknownCategory: await told(unknownCategory),
      standIn: standInOf(encoding)
    }
  }
}

/** Cells that are counted, the first of which can be shown. */
class OddCells {
  rows = 0
  private readonly first: number[] = []

  add(row: number): void {
    this.rows += 1
    if (this.first.length < ROWS_FOR_EXAMPLES) this.first.push(row)
  }

  async examples(database: Database, table: Table, column: TableColumn): Promise<string[]> {
    const found = new Set<string>()
    for (const row of this.first) {
      if (found.size === NAMED_CELLS) break
      const characters = [...(await cellText(database, table, column, row))]
      const whole = characters.length <= EXAMPLE_LENGTH
      found.add(whole ? characters.join('') : `${characters.slice(0, EXAMPLE_LENGTH - 1).join('')}…`)
    }
    return [...found]
  }
}
