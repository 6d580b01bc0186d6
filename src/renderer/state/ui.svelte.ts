import type { Conflict, LostWork } from '../../shared/contract'
import { resetMode, setMode, userPrefersMode } from 'mode-watcher'

export type ThemeChoice = 'system' | 'light' | 'dark'
export type UnsavedAnswer = 'save' | 'discard' | 'cancel'
export type ConflictAnswer = 'overwrite' | 'saveAs' | 'reload' | 'cancel'
export type DialogName = 'lostWork' | 'shortcuts' | 'about' | 'memory' | 'table' | 'reading'

/** What is open in the window and not part of the document. */
class Ui {
  dialog = $state<DialogName | null>(null)
  /** The question about unsaved changes, while it is asked. */
  unsaved = $state.raw<{ readonly doing: string; readonly answer: (answer: UnsavedAnswer) => void } | null>(null)
  /** The question about a file that is not as it was, while it is asked. */
  conflict = $state.raw<{ readonly conflict: Conflict; readonly answer: (answer: ConflictAnswer) => void } | null>(null)
  /** Unsaved work of windows that are gone, while it is offered. */
  lostWork = $state.raw<readonly LostWork[]>([])
  /** The popover that says why training cannot start hangs below this element. */
  blockersAnchor = $state.raw<HTMLElement | null>(null)
  /** A file is being dragged over the window. */
  dropping = $state(false)
  /** Panes that are folded away; the shell keeps them and the panes in step. */
  folded = $state<{ left: boolean; right: boolean; dock: boolean }>({ left: false, right: false, dock: false })

  /** Whether something open should take Escape before a running training does. */
  get somethingOpen(): boolean {
    return this.dialog !== null || this.unsaved !== null || this.conflict !== null || this.blockersAnchor !== null
  }

  get theme(): ThemeChoice {
    return userPrefersMode.current
  }
  setTheme(theme: ThemeChoice): void {
    if (theme === 'system') resetMode()
    else setMode(theme)
  }
  /** system → light → dark → system */
  nextTheme(): void {
    this.setTheme(this.theme === 'system' ? 'light' : this.theme === 'light' ? 'dark' : 'system')
  }

  /** Ask what to do about a file that is not as this window knows it. */
  askConflict(conflict: Conflict): Promise<ConflictAnswer> {
    this.conflict?.answer('cancel')
    return new Promise((resolve) => {
      this.conflict = {
        conflict,
        answer: (answer) => {
          this.conflict = null
          resolve(answer)
        }
      }
    })
  }

  /** Ask what to do with unsaved changes. @param doing what would lose them: "open another design" */
  askUnsaved(doing: string): Promise<UnsavedAnswer> {
    this.unsaved?.answer('cancel')
    return new Promise((resolve) => {
      this.unsaved = {
        doing,
        answer: (answer) => {
          this.unsaved = null
          resolve(answer)
        }
      }
    })
  }
}

export const ui = new Ui()
