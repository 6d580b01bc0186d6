import type { Place } from './table-rows.svelte'

interface Extent {
  readonly rows: number
  readonly columns: number
  /** Rows that Page Up and Page Down move by. */
  readonly page: number
}

/**
 * Where a key leads in the grid, as in any data grid (WAI-ARIA Authoring Practices, "Grid Pattern"); row −1 is the heading.
 * @returns null for a key that leads nowhere
 */
export function keyMove(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
  { row, column }: Place,
  { rows, columns, page }: Extent
): Place | null {
  if (event.altKey || event.shiftKey) return null
  const command = event.ctrlKey || event.metaKey
  const to = (newRow: number, newColumn: number): Place => ({
    row: Math.max(-1, Math.min(rows - 1, newRow)),
    column: Math.max(0, Math.min(columns - 1, newColumn))
  })
  switch (event.key) {
    case 'ArrowUp':
      return to(command ? 0 : row - 1, column)
    case 'ArrowDown':
      return to(command ? rows - 1 : row + 1, column)
    case 'ArrowLeft':
      return to(row, command ? 0 : column - 1)
    case 'ArrowRight':
      return to(row, command ? columns - 1 : column + 1)
    case 'PageUp':
      return to(Math.max(Math.min(row, 0), row - page), column)
    case 'PageDown':
      return to(Math.max(0, row) + page, column)
    case 'Home':
      return to(command ? 0 : row, 0)
    case 'End':
      return to(command ? rows - 1 : row, columns - 1)
    default:
      return null
  }
}
