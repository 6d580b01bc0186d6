import type { MenuCommand } from '../shared/contract'
import * as editor from './canvas/editor'
import { flow } from './canvas/flow.svelte'
import { search } from './canvas/search.svelte'
import { renaming } from './canvas/renaming.svelte'
import { wiring } from './canvas/wiring.svelte'
import { blockersNow, type Blocker } from './shell/blockers'
import type { Keys } from './shell/keys'
import { dataset } from './state/dataset.svelte'
import { doc } from './state/document.svelte'
import * as files from './state/files'
import * as saving from './state/saving'
import { showLostWork } from './shell/startup'
import { notices } from './state/notices.svelte'
import { run } from './state/run.svelte'
import { ui } from './state/ui.svelte'

/** Commands the native menu does not have. */
export type LocalCommand =
  | 'deleteAndHeal'
  | 'rename'
  | 'zoomIn'
  | 'zoomOut'
  | 'next'
  | 'previous'
  | 'closeOrStop'
  | 'proposeNetwork'
  | 'toggleLeft'
  | 'toggleRight'
  | 'toggleDock'
export type CommandId = MenuCommand | LocalCommand
export type CommandGroup = 'File' | 'Edit' | 'Canvas' | 'Training' | 'Window' | 'Help'

export interface Command {
  readonly id: CommandId
  readonly label: string
  readonly group: CommandGroup
  readonly keys: readonly Keys[]
  /** Works while typing in a field too: saving, opening, training. */
  readonly always?: boolean
  /** Repeats while its key is held. */
  readonly repeats?: boolean
  /** Why it cannot be done now, in words, or null. */
  unavailable(): string | null
  /** The label as it is now: "Undo Add ReLU". */
  title?(): string
  run(): void
}

const always = (): null => null
const selected = (): string | null => (flow.hasSelection ? null : 'Nothing is selected.')
const blocksSelected = (): string | null => (flow.blocks.size > 0 ? null : 'No block is selected.')
const oneSelected = (): string | null => (flow.single !== null ? null : 'Select one block.')
const hasTable = (): string | null => (dataset.current === null ? 'There is no table open.' : null)

function command(
  id: CommandId,
  group: CommandGroup,
  label: string,
  keys: readonly Keys[],
  act: () => void,
  more: Partial<Command> = {}
): Command {
  return { id, group, label, keys, run: act, unavailable: always, ...more }
}

/** Every command of the window: the menu bar, the native menu, the shortcuts and their sheet are made from this list. */
export const commandList: readonly Command[] = [
  command('new', 'File', 'New design', ['Mod+N', 'Alt+N'], () => void files.newDesign(), { always: true }),
  command('open', 'File', 'Open design…', ['Mod+O'], () => void files.chooseAndOpen('design'), { always: true }),
  command('openData', 'File', 'Open CSV…', ['Mod+Shift+O'], () => void files.chooseAndOpen('dataset'), {
    always: true
  }),
  command('save', 'File', 'Save', ['Mod+S'], () => void saving.save(), { always: true }),
  command('saveAs', 'File', 'Save as…', ['Mod+Shift+S'], () => void saving.saveAs(), { always: true }),
  command('recover', 'File', 'Unsaved work…', [], () => void showLostWork()),
  command('exportWeights', 'File', 'Export weights…', ['Mod+E'], () => void run.exportWeights(), {
    always: true,
    unavailable: () => (run.current === null ? 'Train first: there are no weights yet.' : null)
  }),
  command('importWeights', 'File', 'Import weights…', [], () => void files.chooseAndOpen('weights')),

  command('undo', 'Edit', 'Undo', ['Mod+Z'], () => doc.undo(), {
    repeats: true,
    unavailable: () => (doc.canUndo ? null : 'There is nothing to undo.'),
    title: () => (doc.undoLabel === null ? 'Undo' : `Undo ${lowerFirst(doc.undoLabel)}`)
  }),
  command('redo', 'Edit', 'Redo', ['Mod+Y', 'Mod+Shift+Z'], () => doc.redo(), {
    repeats: true,
    unavailable: () => (doc.canRedo ? null : 'There is nothing to redo.'),
    title: () => (doc.redoLabel === null ? 'Redo' : `Redo ${lowerFirst(doc.redoLabel)}`)
  }),
  command('cut', 'Edit', 'Cut', ['Mod+X'], () => toClipboard(editor.cut()), { unavailable: blocksSelected }),
  command('copy', 'Edit', 'Copy', ['Mod+C'], () => toClipboard(editor.copy()), { unavailable: blocksSelected }),
  command('paste', 'Edit', 'Paste', ['Mod+V'], () => void fromClipboard()),
  command('duplicate', 'Edit', 'Duplicate', ['Mod+D'], () => editor.duplicate(), { unavailable: blocksSelected }),
  command('delete', 'Edit', 'Delete', ['Delete', 'Backspace'], () => editor.deleteSelection(false), {
    unavailable: selected
  }),
  command(
    'deleteAndHeal',
    'Edit',
    'Delete and heal the wire',
    ['Mod+Delete', 'Mod+Backspace'],
    () => editor.deleteSelection(true),
    {
      unavailable: selected
    }
  ),
  command('rename', 'Edit', 'Rename', ['F2'], () => startRenaming(), { unavailable: oneSelected }),
  command('selectAll', 'Edit', 'Select all', ['Mod+A'], () => flow.selectAll()),

  command('addBlock', 'Canvas', 'Add block…', ['Tab', 'Shift+A'], () => search.openAnywhere()),
  command('fit', 'Canvas', 'Fit to view', ['1'], () => flow.view?.fit()),
  command('resetZoom', 'Canvas', 'Zoom to 100 %', ['0'], () => flow.view?.resetZoom()),
  command('zoomIn', 'Canvas', 'Zoom in', ['+', '='], () => flow.view?.zoomBy(1.25), { repeats: true }),
  command('zoomOut', 'Canvas', 'Zoom out', ['-'], () => flow.view?.zoomBy(1 / 1.25), { repeats: true }),
  command('tidy', 'Canvas', 'Tidy layout', ['L'], () => editor.tidy()),
  command('next', 'Canvas', 'Select next block along the wire', ['Alt+ArrowRight'], () => editor.walk('forward'), {
    repeats: true
  }),
  command('previous', 'Canvas', 'Select previous block along the wire', ['Alt+ArrowLeft'], () => editor.walk('back'), {
    repeats: true
  }),
  command('proposeNetwork', 'Canvas', 'Propose a network for the table', [], () => files.proposeForTable(), {
    unavailable: hasTable
  }),

  command('train', 'Training', 'Train', ['Mod+Enter'], () => commands.train(), {
    always: true,
    title: () => (run.state === 'running' ? 'Pause' : run.state === 'paused' ? 'Continue' : 'Train')
  }),
  command('step', 'Training', 'One step', ['Mod+Shift+Enter'], () => commands.step(), { always: true }),
  command('stop', 'Training', 'Stop', [], () => void run.stop(), {
    unavailable: () => (run.isActive ? null : 'Nothing is training.')
  }),
  command('closeOrStop', 'Training', 'Close what is open, or stop training', ['Escape'], () => closeOrStop()),

  command('toggleLeft', 'Window', 'Show or hide blocks and data', ['Mod+B'], () => (ui.folded.left = !ui.folded.left)),
  command('toggleRight', 'Window', 'Show or hide the inspector', ['Mod+I'], () => (ui.folded.right = !ui.folded.right)),
  command('toggleDock', 'Window', 'Show or hide training', ['Mod+J'], () => (ui.folded.dock = !ui.folded.dock)),
  command('toggleTheme', 'Window', 'Switch theme', [], () => ui.nextTheme()),
  command('tableMemory', 'Window', 'Memory for tables…', [], () => (ui.dialog = 'memory')),
  command('shortcuts', 'Help', 'Keyboard shortcuts', ['?'], () => (ui.dialog = 'shortcuts')),
  command('about', 'Help', 'About Lamina', [], () => (ui.dialog = 'about'))
]

const byId = new Map(commandList.map((entry) => [entry.id, entry]))
export function commandOf(id: CommandId): Command {
  const found = byId.get(id)
  if (found === undefined) throw new Error(`There is no command ${id}.`)
  return found
}
/** Do a command if it can be done now; @returns whether it was */
export function execute(id: CommandId): boolean {
  const entry = commandOf(id)
  if (entry.unavailable() !== null) return false
  entry.run()
  return true
}

/** Steering training from anywhere in the window. */
export const commands = {
  /** What keeps training from starting, in words; empty when nothing does. */
  get trainBlockers(): string[] {
    return this.blockers.map((blocker) => blocker.message)
  },
  /** The same with where it is, for lists that lead there. */
  get blockers(): readonly Blocker[] {
    return blockersNow()
  },
  /**
   * Start training, pause it, or go on: what the Train button means now. When something is in the way, a popover says what.
   * @param anchor where the popover hangs; the Train button by default
   */
  train(anchor: HTMLElement | null = null): void {
    if (run.starting) return
    if (run.state === 'running') void run.pause()
    else if (run.state === 'paused' && run.staleReason === null) void run.resume()
    else if (this.mayStart(anchor)) void run.start()
  },
  pause: (): void => void run.pause(),
  stop: (): void => void run.stop(),
  step(anchor: HTMLElement | null = null): void {
    if (run.starting) return
    if (run.state === 'paused' || run.state === 'running' || this.mayStart(anchor)) void run.step()
  },
  mayStart(anchor: HTMLElement | null): boolean {
    if (this.blockers.length === 0) return true
    ui.blockersAnchor = anchor ?? document.querySelector<HTMLElement>('[data-testid="train"]') ?? document.body
    return false
  }
}

function startRenaming(): void {
  if (flow.single !== null) renaming.start(flow.single)
}

function closeOrStop(): void {
  if (ui.somethingOpen) return
  if (wiring.from !== null) wiring.cancel()
  else if (search.open !== null) search.close()
  else if (run.isActive) void run.stop()
  else flow.clear()
}

function toClipboard(text: string | null): void {
  if (text === null) {
    notices.info('Input and Output stand once in every network and cannot be copied.')
    return
  }
  // Refused in some hosts; copying within this window works all the same.
  navigator.clipboard?.writeText(text).catch(() => undefined)
}
async function fromClipboard(): Promise<void> {
  let text: string | null = null
  try {
    text = await navigator.clipboard.readText()
  } catch {
    // Not allowed to look: paste what was copied in this window.
  }
  editor.paste(text === '' ? null : text)
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
