import { nodeSchema } from '../../shared/catalogue/blocks'
import { parseDesign } from '../../shared/design/document'
import { designSchema, edgeSchema, type Design } from '../../shared/design/schema'
import { applyPatch } from '../../shared/journal/patch'
import type { JournalState, JournalStep } from '../../shared/journal/content'
import type { StoredContent } from '../../shared/journal/stored'
import { sameContent } from '../../shared/same-content'

export interface SoundHistory {
  readonly base: { readonly design: Design; readonly table: number | null }
  readonly steps: JournalStep[]
  readonly cursor: number
  /** As in a journal's head. */
  readonly saved: number | JournalState | null
  /** What was left out, in words; null when nothing was. */
  readonly problem: string | null
}

/**
 * The part of a journal's history that can be shown: the present design, and as many steps before and after it as lead to
 * designs that this Lamina understands.
 * @param what the journal, for messages
 * @throws LaminaError `invalidDesign`, `unsupportedVersion` when the present design itself cannot be used
 */
export function soundHistory({ base, steps, head }: StoredContent, what: string): SoundHistory {
  const states = fittingStates(base, steps)
  const cursor = Math.min(head.cursor, states.length - 1)
  const present = states[cursor] ?? base
  const design = parseDesign(JSON.stringify(present.design), what)
  const check = new DesignCheck()
  const alone = !check.isSound(present.design)
  let from = cursor
  let to = cursor
  while (!alone && from > 0 && check.isSound(states[from - 1]?.design)) from--
  while (!alone && to < states.length - 1 && check.isSound(states[to + 1]?.design)) to++
  const lost = cursor === head.cursor && from === 0 && to === steps.length ? 0 : steps.length - (to - from)
  const saved = typeof head.saved === 'number' ? (states[head.saved] ?? null) : head.saved
  const savedAt = typeof head.saved === 'number' ? head.saved - from : -1
  const first = states[from] ?? base
  return {
    base: alone ? { design, table: present.table } : { design: first.design as Design, table: first.table },
    steps: steps.slice(from, to),
    cursor: cursor - from,
    saved: savedAt >= 0 && savedAt <= to - from ? savedAt : check.isSound(saved?.design) ? saved : null,
    problem: lost === 0 ? null : `${lost} of ${steps.length} steps of its undo history could not be brought back.`
  }
}

/** States up to the first step that does not fit. */
function fittingStates(base: JournalState, steps: readonly JournalStep[]): JournalState[] {
  const states = [base]
  for (const { patch } of steps) {
    try {
      states.push(applyPatch(states.at(-1) ?? base, patch))
    } catch {
      // A misfit: what came before it is whole.
      break
    }
  }
  return states
}

/** Whether designs are valid as they stand. States share most of what they hold, and that is looked at only once. */
class DesignCheck {
  private readonly sound = new WeakSet<object>()

  isSound(design: unknown): design is Design {
    if (typeof design !== 'object' || design === null || !('network' in design)) return false
    const { network } = design
    if (typeof network !== 'object' || network === null || !('nodes' in network) || !('edges' in network)) return false
    const { nodes, edges } = network
    if (!Array.isArray(nodes) || !Array.isArray(edges)) return false
    const shell = { ...design, network: { ...network, nodes: [], edges: [] } }
    return (
      this.areSound(nodes, (node) => nodeSchema.safeParse(node).data) &&
      this.areSound(edges, (edge) => edgeSchema.safeParse(edge).data) &&
      sameContent(designSchema.safeParse(shell).data, shell)
    )
  }

  private areSound(parts: readonly unknown[], parsed: (part: unknown) => unknown): boolean {
    return parts.every((part) => {
      if (typeof part !== 'object' || part === null) return false
      if (this.sound.has(part)) return true
      // Equal to what was parsed: nothing was left out that has a default by now.
      if (!sameContent(parsed(part), part)) return false
      this.sound.add(part)
      return true
    })
  }
}
