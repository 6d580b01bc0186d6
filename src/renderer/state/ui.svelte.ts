import { resetMode, setMode, userPrefersMode } from 'mode-watcher'

export type ThemeChoice = 'system' | 'light' | 'dark'
export type UnsavedAnswer = 'save' | 'discard' | 'cancel'
export type DialogName = 'shortcuts' | 'about' | 'memory' | 'table' | 'reading'

/** What is open in the window and not part of the document. */
class Ui {
  dialog = $state<DialogName | null>(null)
  /** The question about unsaved changes, while it is asked. */
  unsaved = $state.raw<{ readonly doing: string; readonly answer: (answer: UnsavedAnswer) => void } | null>(null)
  /** The popover that says why training cannot start hangs below this element. */
  blockersAnchor = $state.raw<HTMLElement | null>(null)
  /** A file is being dragged over the window. */
  dropping = $state(false)
  /** Panes that are folded away; the shell keeps them and the panes in step. */
  folded = $state<{ left: boolean; right: boolean; dock: boolean }>({ left: false, right: false, dock: false })

  /** Whether something open should take Escape before a running training does. */
  get somethingOpen(): boolean {
    return this.dialog !== null || this.unsaved !== null || this.blockersAnchor !== null
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
