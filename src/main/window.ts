import type { BrowserWindow, BrowserWindowConstructorOptions, Dialog, RenderProcessGoneDetails } from 'electron'
import { LaminaError } from '../shared/errors'
import { smallestWindow, type WindowState } from './window-state'

/** The page's own lowest surface, so that nothing flashes before it is drawn. Kept in step with styles/tokens.css. */
export const surface = { light: '#f3f4f6', dark: '#121417' } as const

export interface WindowLook {
  readonly state: WindowState
  /** The system's theme, until the page's own is known. */
  readonly systemDark: boolean
  readonly preload: string
  /** Linux takes a window's icon from here; elsewhere it belongs to the program. */
  readonly icon: string | null
  readonly development: boolean
}

export function windowOptions(look: WindowLook): BrowserWindowConstructorOptions {
  const { position, width, height, dark } = look.state
  return {
    ...(position ?? {}),
    width,
    height,
    minWidth: smallestWindow.width,
    minHeight: smallestWindow.height,
    show: false,
    title: 'Lamina',
    backgroundColor: (dark ?? look.systemDark) ? surface.dark : surface.light,
    ...(look.icon === null ? {} : { icon: look.icon }),
    webPreferences: {
      preload: look.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      devTools: look.development,
      // Chromium would fetch dictionaries from the network, and column names are not prose.
      spellcheck: false,
      // Charts go on drawing a training run that somebody watches from the corner of an eye.
      backgroundThrottling: false
    }
  }
}

type Watched = Pick<BrowserWindow, 'once' | 'on' | 'show' | 'maximize' | 'destroy' | 'loadURL' | 'isDestroyed'> & {
  readonly webContents: Pick<BrowserWindow['webContents'], 'on' | 'reload' | 'forcefullyCrashRenderer'>
}
export type WindowDialog = Pick<Dialog, 'showMessageBox' | 'showMessageBoxSync'>

/** A run that is kept, or goes on without a window, is no loss; stopping it unasked is. */
export type Loss = 'changes' | 'run' | 'nothing'

export interface WindowBehaviour {
  readonly url: string
  readonly maximized: boolean
  readonly dialog: WindowDialog
  /** The same window, as dialogs want it. */
  readonly window: BrowserWindow
  /** What goes with the page, which has just objected to going. */
  lostWithPage(): Loss
  /** The person gives up the changes of the design that is open. */
  discarded(): void
  /** The person keeps the page. */
  kept(): void
  log(level: 'warning' | 'error', message: string): void
  /** The page was drawn, and the person sees it. */
  shown(): void
  /** There is no page to show, and never will be. */
  failed(reason: LaminaError): void
}

/** A page that draws nothing for so long is shown as it is: a program without a window cannot even be ended. */
const DRAWING_PATIENCE_MS = 15_000

/** Show the window when its page is drawn, guard unsaved work, and survive a page that crashed or hangs. */
export function behaveAsWindow(watched: Watched, behaviour: WindowBehaviour): void {
  const show = showOnce(watched, behaviour)
  guardUnsavedWork(watched, behaviour)
  surviveTrouble(watched, behaviour, show)
  load(watched, behaviour)
}

/** @returns shows the window if nothing has yet */
function showOnce(watched: Watched, { log, maximized, shown: tellShown }: WindowBehaviour): () => void {
  let shown = false
  const show = (): void => {
    clearTimeout(patience)
    if (shown || watched.isDestroyed()) return
    shown = true
    if (maximized) watched.maximize()
    watched.show()
    tellShown()
  }
  const patience = setTimeout(() => {
    log('warning', 'The page was not drawn in time; the window is shown without it.')
    show()
  }, DRAWING_PATIENCE_MS)
  watched.once('ready-to-show', show)
  watched.once('closed', () => clearTimeout(patience))
  return show
}

const questions = {
  changes: {
    message: 'Discard the changes to this design?',
    detail: 'It was changed since it was last saved.',
    buttons: ['Discard Changes', 'Keep Editing']
  },
  run: {
    message: 'Stop training and close Lamina?',
    detail: 'The run is kept as far as it came. You can go on with it from the list of runs.',
    buttons: ['Stop and Close', 'Go On Training']
  }
} as const

function guardUnsavedWork({ webContents }: Watched, behaviour: WindowBehaviour): void {
  const { dialog, window } = behaviour
  webContents.on('will-prevent-unload', (event) => {
    const loss = behaviour.lostWithPage()
    if (loss !== 'nothing') {
      const { buttons, ...question } = questions[loss]
      const answer = dialog.showMessageBoxSync(window, {
        type: 'warning',
        ...question,
        buttons: [...buttons],
        defaultId: 1,
        cancelId: 1
      })
      if (answer !== 0) {
        behaviour.kept()
        return
      }
    }
    if (loss === 'changes') behaviour.discarded()
    // Preventing the prevention lets the page go.
    event.preventDefault()
  })
}

/** A page that crashed or hangs is offered anew; one that hangs is ended for that. */
function surviveTrouble(watched: Watched, { dialog, window, log }: WindowBehaviour, show: () => void): void {
  let ended = false
  /** Withdraws the question about a page that hangs; null while none is asked. */
  let asking: AbortController | null = null
  const withdraw = (): void => asking?.abort()
  watched.webContents.on('render-process-gone', (_event, details) => {
    if (details.reason === 'clean-exit' || watched.isDestroyed()) return
    withdraw()
    log('error', `The page ${crashInWords(details)}.`)
    if (ended) {
      // The person has just asked for it.
      ended = false
      watched.webContents.reload()
      return
    }
    // A question that belongs to a window nobody sees may not be seen either.
    show()
    const question = {
      type: 'error' as const,
      message: `Lamina’s window ${crashInWords(details)}.`,
      detail:
        'Your design is backed up with its changes, and a training run goes on: both are there again after reloading.',
      buttons: ['Reload', 'Close'],
      defaultId: 0,
      cancelId: 1
    }
    dialog.showMessageBox(window, question).then(
      ({ response }) => (response === 0 ? watched.webContents.reload() : watched.destroy()),
      (error: unknown) => log('error', `Reloading could not be offered: ${String(error)}`)
    )
  })
  watched.on('responsive', withdraw)
  watched.on('unresponsive', () => {
    if (asking !== null) return
    const controller = new AbortController()
    asking = controller
    const question = {
      type: 'warning' as const,
      message: 'Lamina’s window does not react.',
      detail: 'It may be busy. After reloading, your design is there as it was a moment ago; a training run goes on.',
      buttons: ['Wait', 'Reload'],
      defaultId: 0,
      cancelId: 0,
      signal: controller.signal
    }
    dialog
      .showMessageBox(window, question)
      .then(
        ({ response }) => {
          if (response !== 1 || controller.signal.aborted) return
          // A page that hangs cannot be asked to reload.
          ended = true
          watched.webContents.forcefullyCrashRenderer()
        },
        (error: unknown) => log('error', `Reloading could not be offered: ${String(error)}`)
      )
      .finally(() => {
        asking = null
      })
  })
}

function load(watched: Watched, { url: address, log, failed }: WindowBehaviour): void {
  watched.webContents.on('preload-error', (_event, path, error) => {
    failed(incomplete(`its link to the page (${path}) failed: ${error.message}`))
  })
  watched.webContents.on('did-fail-load', (_event, code, description, url, isMainFrame) => {
    // −3: the load was replaced by another one.
    if (!isMainFrame || code === -3) return
    failed(incomplete(`its page ${url} could not be loaded: ${description} (${code})`))
  })
  // A page that is missing from the bundle is answered, if only with a refusal, and so loads as an empty one.
  watched.webContents.on('did-navigate', (_event, url, status) => {
    if (status >= 400) failed(incomplete(`its page ${url} is not there (${status})`))
  })
  watched.loadURL(address).catch((error: unknown) => log('error', `Loading ended early: ${String(error)}`))
}

function incomplete(what: string): LaminaError {
  return new LaminaError('internal', `Lamina is not complete: ${what}. Install it again, or build it: npm run build.`)
}

function crashInWords({ reason, exitCode }: RenderProcessGoneDetails): string {
  if (reason === 'oom' || reason === 'memory-eviction') return 'ran out of memory'
  if (reason === 'killed') return 'was ended by the system'
  return `crashed (${reason}, ${exitCode})`
}
