import { kindOf } from '../cell-kinds'
import { dateOrTime } from '../detect/date-or-time'

const shapes = ['missing', 'number', 'moment', 'text'] as const
type Shape = (typeof shapes)[number]

function shapeOf(cell: string): Shape {
  const kind = kindOf(cell)
  if (kind === 'missing') return 'missing'
  if (kind !== 'text') return 'number'
  return dateOrTime.test(cell.trim()) ? 'moment' : 'text'
}

/** Beyond this a text is a new one however seldom new ones are. */
const RAREST_NEW = 0.02

/** What the cells of a column are usually like, learnt from some rows. */
export class ColumnHabits {
  private readonly counts: Record<Shape, number> = { missing: 0, number: 0, moment: 0, text: 0 }
  private readonly texts = new Map<string, number>()
  private rows = 0
  /** How likely a text is a new one: as many as come once (Good and Turing). */
  private readonly fresh: number

  constructor(cells: Iterable<string>) {
    for (const cell of cells) {
      const shape = shapeOf(cell)
      this.rows += 1
      this.counts[shape] += 1
      const text = cell.trim()
      if (shape === 'text') this.texts.set(text, (this.texts.get(text) ?? 0) + 1)
    }
    let once = 0
    for (const count of this.texts.values()) if (count === 1) once += 1
    this.fresh = Math.max(RAREST_NEW, (once + 0.5) / (this.counts.text + 1))
  }

  /** How unusual a cell is here: −ln of how likely its kind is, and of how likely a text is one like it. */
  surprise(cell: string): number {
    const shape = shapeOf(cell)
    const likely = (this.counts[shape] + 0.5) / (this.rows + shapes.length / 2)
    if (shape !== 'text' || this.counts.text === 0) return -Math.log(likely)
    // What came once may be this very cell.
    return -Math.log(likely * ((this.texts.get(cell.trim()) ?? 0) > 1 ? 1 : this.fresh))
  }
}
