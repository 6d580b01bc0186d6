export interface SlottedRow {
  /** Names the element that shows the row. */
  readonly slot: number
  readonly row: number
}

/**
 * Which element shows which row. A row that stays in sight keeps its element, and with it the focus; the elements of rows
 * that left are used again, because filling one costs a fraction of making one.
 */
export class RowSlots {
  private slots = new Map<number, number>()

  /** @param rows ascending @returns the same rows with their elements */
  assign(rows: readonly number[]): SlottedRow[] {
    const kept = new Map<number, number>()
    for (const row of rows) {
      const slot = this.slots.get(row)
      if (slot !== undefined) kept.set(row, slot)
    }
    const taken = new Set(kept.values())
    let next = 0
    this.slots = new Map()
    return rows.map((row) => {
      let slot = kept.get(row)
      if (slot === undefined) {
        while (taken.has(next)) next += 1
        slot = next
        taken.add(slot)
      }
      this.slots.set(row, slot)
      return { slot, row }
    })
  }
}
