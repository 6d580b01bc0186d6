import type * as Electron from 'electron'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { PageState } from '../preload/channels'
import {
  createService,
  memoryKills,
  userFolders,
  workerEntries,
  type ClientConnection,
  type Host,
  type Service
} from '../service'
import type { MenuCommand } from '../shared/contract'
import { messageOf } from '../shared/errors'
import { confineContents, confineSession } from './confinement'
import { Defects } from './defects'
import { FileDialogs } from './dialogs'
import { answerIpc } from './ipc'
import { filesFromArguments, filesFromSecondStart, type SecondStart } from './launch-files'
import { isAllowedLink } from './links'
import { createLog } from './log'
import { isTextCommand, menuTemplate, routeCommand } from './menu'
import { pageAddress } from './page-address'
import { pageScheme, servePage } from './page-protocol'
import { Wakefulness } from './wakefulness'
import { WindowStateStore } from './window-state'
import { behaveAsWindow, surface, windowOptions, type Loss } from './window'
import { createWorkerStarter } from './workers'

/** What Lamina uses of Electron; handed in, so that nothing below the entry file loads it. */
export type ElectronParts = Pick<
  typeof Electron,
  | 'app'
  | 'BrowserWindow'
  | 'dialog'
  | 'ipcMain'
  | 'Menu'
  | 'MessageChannelMain'
  | 'nativeTheme'
  | 'powerSaveBlocker'
  | 'protocol'
  | 'screen'
  | 'session'
  | 'shell'
  | 'utilityProcess'
>

const CLOSING_PATIENCE_MS = 5000
const noState: PageState = { editingText: false, textSelected: false, dark: false, modified: false }

/** The life of the program, from before the system is ready to the end of the last worker. */
export class Application {
  private readonly page
  private readonly log
  private readonly defects
  private readonly windowState
  private service: Service | null = null
  private wakefulness: Wakefulness | null = null
  private window: Electron.BrowserWindow | null = null
  /** The page's connection to the service, since its last load. */
  private client: ClientConnection | null = null
  private pageState: PageState = noState
  /** Files the system asked to open before the service was there. */
  private readonly early: string[] = []
  /** The person asked for the whole program to end, not only for its window. */
  private quitting = false
  private ending: 'no' | 'under way' | 'done' = 'no'

  constructor(private readonly electron: ElectronParts) {
    const { app, dialog } = electron
    this.log = createLog(join(app.getPath('logs'), 'lamina.log'), () => new Date())
    this.defects = new Defects(app, dialog, this.log)
    this.defects.watch(process)
    this.page = pageAddress(process.env['ELECTRON_RENDERER_URL'], app.isPackaged)
    this.windowState = new WindowStateStore(join(app.getPath('userData'), 'window.json'), (message) =>
      this.log('warning', message)
    )
  }

  /** Must run before the first turn of the event loop: some of this is only possible before the app is ready. */
  start(): void {
    const { app, protocol } = this.electron
    protocol.registerSchemesAsPrivileged([pageScheme])
    // It would take back --no-sandbox, without which Chromium does not run as root or in most containers.
    if (app.commandLine.hasSwitch('no-sandbox'))
      this.log('warning', 'Chromium runs without its sandbox, as --no-sandbox asks.')
    else app.enableSandbox()
    const files = filesFromArguments(process.argv, app.isPackaged, process.cwd())
    if (!app.requestSingleInstanceLock({ files } satisfies SecondStart)) {
      app.exit(0)
      return
    }
    this.early.push(...files)
    app.on('open-file', (event, path) => {
      event.preventDefault()
      this.openFiles([path])
      // macOS opens files in a program without a window, too, and does not ask for one.
      this.showWindow()
    })
    app.on('second-instance', (_event, _argv, _folder, data) => {
      this.openFiles(filesFromSecondStart(data))
      this.showWindow()
    })
    app.on('web-contents-created', (_event, contents) =>
      confineContents(contents, this.page, (url) => this.openExternal(url))
    )
    app.on('child-process-gone', (_event, { type, name, reason, exitCode }) => {
      // Chromium starts its own processes again, the GPU's without acceleration in the end; workers tell their own end.
      if (type === 'Utility' || reason === 'clean-exit') return
      this.log('info', `Chromium’s ${name ?? type} process is gone (${reason}, ${exitCode}).`)
    })
    app.on('activate', () => this.showWindow())
    app.on('window-all-closed', () => {
      if (process.platform !== 'darwin') app.quit()
    })
    app.on('before-quit', () => {
      this.quitting = true
    })
    app.on('will-quit', (event) => this.endInOrder(event))
    app.whenReady().then(
      () => this.ready(),
      (error: unknown) => this.defects.fail(error)
    )
  }

  private ready(): void {
    try {
      const { app, session, protocol, ipcMain, MessageChannelMain, powerSaveBlocker } = this.electron
      confineSession(session.defaultSession, this.page)
      servePage(protocol, join(app.getAppPath(), 'out', 'renderer'))
      const service = createService(this.host())
      this.service = service
      this.wakefulness = new Wakefulness(powerSaveBlocker, () => service.status.training)
      answerIpc(ipcMain, {
        page: this.page,
        createChannel: () => new MessageChannelMain(),
        connect: (port) => {
          this.client = service.connect(port)
        },
        grantFile: (path) => service.grantFile(path),
        pageStateChanged: (_contents, state) => this.notePageState(state),
        log: this.log
      })
      this.setMenu()
      this.openFiles(this.early.splice(0))
      this.showWindow()
    } catch (error) {
      this.defects.fail(error)
    }
  }

  private host(): Host {
    const { app, dialog, utilityProcess } = this.electron
    const user = userFolders()
    for (const folder of [user.data, user.cache]) mkdirSync(folder, { recursive: true })
    const dialogs = new FileDialogs(dialog, () => this.window)
    return {
      capabilities: { nativeDialogs: true, nativeMenu: true, droppedPaths: true },
      version: app.getVersion(),
      // Installed, the examples lie outside the archive, where the data worker's native code can read them.
      folders: { ...user, resources: app.isPackaged ? process.resourcesPath : join(app.getAppPath(), 'resources') },
      chooseFile: (purpose) => dialogs.open(purpose),
      async chooseSaveTarget(request) {
        const path = await dialogs.save(request)
        return path === null ? null : { path, download: null }
      },
      startWorker: createWorkerStarter({
        fork: (path, args, options) => utilityProcess.fork(path, args, options),
        app,
        entries: () => workerEntries(),
        environment: process.env,
        killNow: (pid) => process.kill(pid, 'SIGKILL'),
        memoryKills
      }),
      noteRecentFile: (path) => app.addRecentDocument(path),
      log: this.log
    }
  }

  private setMenu(): void {
    const { app, Menu } = this.electron
    const template = menuTemplate({
      platform: process.platform,
      development: !app.isPackaged,
      choose: (command) => this.chooseCommand(command),
      openExternal: (url) => this.openExternal(url)
    })
    Menu.setApplicationMenu(Menu.buildFromTemplate(template))
  }

  private chooseCommand(command: MenuCommand): void {
    const { window } = this
    // On macOS the menu stays when the window is closed; a new one starts with a new design anyway.
    if (window === null) this.showWindow()
    else if (process.platform === 'darwin' && isTextCommand(command) && !window.isFocused()) {
      // A dialog of the system has the keys, whose fields know Cmd+V only by way of the menu.
      this.electron.Menu.sendActionToFirstResponder(`${command}:`)
    } else routeCommand(command, this.pageState, window.webContents, (sent) => this.service?.sendMenuCommand(sent))
  }

  private openExternal(url: string): void {
    if (!isAllowedLink(url)) return
    this.electron.shell
      .openExternal(url)
      .catch((error: unknown) => this.log('warning', `${url} could not be opened: ${messageOf(error)}`))
  }

  private notePageState(state: PageState): void {
    if (state.dark !== this.pageState.dark) this.window?.setBackgroundColor(state.dark ? surface.dark : surface.light)
    this.pageState = state
    this.windowState.noteTheme(state.dark)
  }

  private openFiles(paths: readonly string[]): void {
    const { service } = this
    if (service === null) {
      this.early.push(...paths)
      return
    }
    for (const path of paths) {
      service
        .openFromSystem(path)
        .catch((error: unknown) => this.electron.dialog.showErrorBox('A file could not be opened', messageOf(error)))
    }
  }

  private showWindow(): void {
    if (this.service === null) return
    if (this.window === null) this.window = this.createWindow()
    else {
      if (this.window.isMinimized()) this.window.restore()
      this.window.focus()
    }
  }

  private createWindow(): Electron.BrowserWindow {
    const { app, BrowserWindow, dialog, nativeTheme, screen } = this.electron
    const primary = screen.getPrimaryDisplay()
    const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id)
    const state = this.windowState.load([primary, ...others])
    const window = new BrowserWindow(
      windowOptions({
        state,
        systemDark: nativeTheme.shouldUseDarkColors,
        preload: join(app.getAppPath(), 'out', 'preload', 'index.cjs'),
        icon: process.platform === 'linux' ? join(app.getAppPath(), 'resources', 'icons', '512x512.png') : null,
        development: !app.isPackaged
      })
    )
    this.pageState = noState
    this.windowState.observe(window)
    window.on('closed', () => {
      this.window = null
    })
    behaveAsWindow(window, {
      url: this.page.url,
      maximized: state.maximized,
      dialog,
      window,
      lostWithPage: () => this.lostWithPage(),
      discarded: () => this.client?.discardWork(),
      kept: () => {
        this.quitting = false
      },
      log: this.log,
      shown: () => this.defects.noteStarted(),
      failed: (reason) => this.defects.fail(reason)
    })
    return window
  }

  private lostWithPage(): Loss {
    // Without a run there is nothing else that a page would object for.
    if (this.pageState.modified || this.service?.status.training !== 'running') return 'changes'
    // On macOS the program stays when its window is closed, and so does the run.
    return this.quitting || process.platform !== 'darwin' ? 'run' : 'nothing'
  }

  /** Quitting waits for the workers, so that none is left behind and nothing half-written, but not for ever. */
  private endInOrder(event: Electron.Event): void {
    if (this.ending === 'done' || this.service === null) return
    event.preventDefault()
    if (this.ending === 'under way') return
    this.ending = 'under way'
    this.wakefulness?.end()
    const { app } = this.electron
    const timer = setTimeout(() => {
      this.log('error', 'Lamina did not end in good order.')
      app.exit(1)
    }, CLOSING_PATIENCE_MS)
    Promise.all([this.service.close(), this.windowState.settled()]).then(
      () => {
        clearTimeout(timer)
        this.ending = 'done'
        app.quit()
      },
      (error: unknown) => {
        this.log('error', `Lamina did not end in good order: ${messageOf(error)}`)
        app.exit(1)
      }
    )
  }
}
