import { EventEmitter } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Application, type ElectronParts } from '../../../src/main/application'
import { channels } from '../../../src/preload/channels'
import { contract } from '../../../src/shared/contract'
import type { Port } from '../../../src/shared/port'
import { createClient } from '../../../src/shared/rpc'
import { PortStandIn, ProcessStandIn, electronEvent, frame, ipcEvent, ipcStandIn } from './electron-stand-ins'

let root: string
/** As any other emitter: its own types know each event by itself. */
const defects: EventEmitter = process
let listeners: unknown[]
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lamina-application-'))
  vi.stubEnv('LAMINA_DATA_FOLDER', join(root, 'data'))
  vi.stubEnv('LAMINA_CACHE_FOLDER', join(root, 'cache'))
  vi.stubEnv('ELECTRON_RENDERER_URL', undefined)
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  listeners = [...defects.listeners('uncaughtException'), ...defects.listeners('unhandledRejection')]
})
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    for (const listener of defects.listeners(event)) {
      if (!listeners.includes(listener)) defects.off(event, listener as () => void)
    }
  }
  await rm(root, { recursive: true, force: true })
})

/** A window as far as the application uses one. */
class WindowStandIn extends EventEmitter {
  static all: WindowStandIn[] = []
  readonly webContents = Object.assign(new EventEmitter(), { copy: vi.fn(), undo: vi.fn() })
  readonly loadURL = vi.fn().mockResolvedValue(undefined)
  readonly focus = vi.fn()
  readonly restore = vi.fn()
  readonly show = vi.fn()
  readonly setBackgroundColor = vi.fn()
  minimized = false
  focused = true
  constructor(readonly options: Electron.BrowserWindowConstructorOptions) {
    super()
    WindowStandIn.all.push(this)
  }
  isMinimized = (): boolean => this.minimized
  isFocused = (): boolean => this.focused
  isMaximized = (): boolean => false
  isDestroyed = (): boolean => false
  getNormalBounds = () => ({ x: 0, y: 0, width: 800, height: 600 })
}

/** A training worker that knows what it runs on, which is all a greeting asks of it. */
class TrainingWorkerStandIn extends ProcessStandIn {
  override readonly kill = vi.fn(() => this.emit('exit', 0))
  override postMessage(message: { id: number }): void {
    const result = { name: 'reference', description: 'stand-in', fallbackReason: null }
    queueMicrotask(() => this.emit('message', { kind: 'reply', id: message.id, outcome: { ok: true, result } }))
  }
}

/** Two message ports that deliver to each other. */
class ChannelStandIn {
  readonly port1 = new PortStandIn()
  readonly port2 = new PortStandIn()
  constructor() {
    const deliver = (to: PortStandIn) => (data: unknown) =>
      void queueMicrotask(() => to.emit('message', { data: structuredClone(data) }))
    this.port1.postMessage = deliver(this.port2)
    this.port2.postMessage = deliver(this.port1)
  }
}

function setUp({ first = true, argv = ['electron', '.'], switches = [] as string[] } = {}) {
  WindowStandIn.all = []
  vi.spyOn(process, 'argv', 'get').mockReturnValue(argv)
  const order: string[] = []
  let makeReady: () => void = () => undefined
  const ready = new Promise<void>((resolve) => (makeReady = resolve))
  const { ipc, call } = ipcStandIn()
  const app = Object.assign(new EventEmitter(), {
    isPackaged: false,
    commandLine: { hasSwitch: (name: string) => switches.includes(name) },
    getPath: (name: string) => join(root, name),
    getAppPath: () => process.cwd(),
    getVersion: () => '0.1.0',
    enableSandbox: vi.fn(() => order.push('sandbox')),
    requestSingleInstanceLock: vi.fn(() => first),
    whenReady: () => ready,
    quit: vi.fn(),
    exit: vi.fn(),
    addRecentDocument: vi.fn()
  })
  const dialog = {
    showErrorBox: vi.fn(),
    showOpenDialog: vi.fn(),
    showSaveDialog: vi.fn(),
    showMessageBox: vi.fn(),
    showMessageBoxSync: vi.fn()
  }
  const buildFromTemplate = vi.fn((template: Electron.MenuItemConstructorOptions[]) => template)
  const session = Object.assign(new EventEmitter(), {
    setPermissionRequestHandler: vi.fn(),
    setPermissionCheckHandler: vi.fn(),
    setDevicePermissionHandler: vi.fn(),
    webRequest: { onBeforeRequest: vi.fn() }
  })
  const electron = {
    app,
    dialog,
    ipcMain: ipc,
    BrowserWindow: WindowStandIn,
    Menu: { buildFromTemplate, setApplicationMenu: vi.fn(), sendActionToFirstResponder: vi.fn() },
    MessageChannelMain: ChannelStandIn,
    nativeTheme: { shouldUseDarkColors: false },
    powerSaveBlocker: { start: vi.fn(), stop: vi.fn() },
    protocol: { registerSchemesAsPrivileged: vi.fn(() => order.push('scheme')), handle: vi.fn() },
    screen: {
      getPrimaryDisplay: () => ({ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1080 } }),
      getAllDisplays: () => [{ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1080 } }]
    },
    session: { defaultSession: session },
    shell: { openExternal: vi.fn().mockResolvedValue(undefined) },
    utilityProcess: { fork: vi.fn(() => new TrainingWorkerStandIn()) }
  }
  new Application(electron as unknown as ElectronParts).start()
  return {
    electron,
    app,
    dialog,
    session,
    order,
    makeReady: () => makeReady(),
    async ready() {
      makeReady()
      await vi.waitFor(() => expect(WindowStandIn.all).toHaveLength(1))
    },
    /** Connect as the page would, over the port that main hands out. */
    connect() {
      const page = frame()
      call(channels.requestPort, ipcEvent(page))
      const [, , [end]] = page.postMessage.mock.calls[0] as [string, null, [PortStandIn]]
      return createClient(contract, portOf(end), (error) => {
        throw error
      })
    },
    choose(id: string) {
      const items = (buildFromTemplate.mock.calls[0]?.[0] ?? []).flatMap(({ submenu }) =>
        Array.isArray(submenu) ? submenu : []
      )
      items.find((item) => item.id === id)?.click?.({} as never, undefined, {} as never)
    },
    pageState: (state: object) => call(channels.pageState, ipcEvent(frame()), state),
    async quit() {
      const event = electronEvent()
      app.emit('will-quit', event)
      expect(event.preventDefault).toHaveBeenCalledOnce()
      await vi.waitFor(() => expect(app.quit).toHaveBeenCalled())
    }
  }
}

/** The page's adapter, in short. */
function portOf(end: PortStandIn): Port {
  return {
    post: (message) => end.postMessage(message),
    onMessage: (listener) => void end.on('message', ({ data }: { data: unknown }) => listener(data)),
    onClose: (listener) => void end.on('close', listener),
    close: () => end.emit('close')
  }
}

describe('starting', () => {
  it('registers the page’s scheme and the sandbox before anything is ready, and confines the session before a window is made', async () => {
    const { order, session, electron, ready, quit } = setUp()
    expect(order).toEqual(['scheme', 'sandbox'])
    expect(session.setPermissionRequestHandler).not.toHaveBeenCalled()
    await ready()
    expect(session.setPermissionRequestHandler).toHaveBeenCalledOnce()
    expect(electron.protocol.handle).toHaveBeenCalledOnce()
    expect(WindowStandIn.all[0]?.loadURL).toHaveBeenCalledExactlyOnceWith('lamina://app/index.html')
    await quit()
  })

  it('respects --no-sandbox, and says so', () => {
    const { app } = setUp({ switches: ['no-sandbox'] })
    expect(app.enableSandbox).not.toHaveBeenCalled()
    expect(console.error).toHaveBeenCalledWith(
      'lamina warning: Chromium runs without its sandbox, as --no-sandbox asks.'
    )
  })

  it('a second time hands its files to the first and ends', () => {
    const { app } = setUp({ first: false, argv: ['electron', '.', '/data/iris.csv'] })
    expect(app.requestSingleInstanceLock).toHaveBeenCalledExactlyOnceWith({ files: [resolve('/data/iris.csv')] })
    expect(app.exit).toHaveBeenCalledExactlyOnceWith(0)
    expect(app.listenerCount('second-instance')).toBe(0)
  })
})

describe('a start that fails', () => {
  it('says why and ends with an exit code, whenever it happens', async () => {
    const { app, dialog, electron, makeReady } = setUp()
    electron.protocol.handle.mockImplementation(() => {
      throw new Error('the scheme is taken')
    })
    makeReady()
    await vi.waitFor(() => expect(app.exit).toHaveBeenCalledExactlyOnceWith(1))
    expect(dialog.showErrorBox.mock.calls).toEqual([['Lamina cannot start', 'the scheme is taken']])
    expect(WindowStandIn.all).toEqual([])
  })

  it('by an error that nobody caught, or a refusal that nobody heard, is no different', () => {
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      const before = defects.listeners(event)
      const { app, dialog } = setUp()
      const [added] = defects.listeners(event).filter((listener) => !before.includes(listener))
      added?.(new Error(event))
      expect(dialog.showErrorBox.mock.calls).toEqual([['Lamina cannot start', event]])
      expect(app.exit).toHaveBeenCalledExactlyOnceWith(1)
    }
  })

  it('for want of a page ends it, and once the window was seen a defect does not, and is told once', async () => {
    const failing = setUp()
    await failing.ready()
    WindowStandIn.all[0]?.webContents.emit('did-fail-load', {}, -6, 'ERR_FILE_NOT_FOUND', 'lamina://app/', true)
    expect(failing.app.exit).toHaveBeenCalledExactlyOnceWith(1)
    await failing.quit()

    const before = defects.listeners('uncaughtException')
    const { app, dialog, ready, quit } = setUp()
    await ready()
    WindowStandIn.all[0]?.emit('ready-to-show')
    const [added] = defects.listeners('uncaughtException').filter((listener) => !before.includes(listener))
    for (const message of ['first', 'second']) added?.(new Error(message))
    expect(dialog.showErrorBox).toHaveBeenCalledOnce()
    expect(dialog.showErrorBox.mock.calls[0]).toEqual([
      'Lamina ran into a defect',
      expect.stringContaining('first') as string
    ])
    expect(app.exit).not.toHaveBeenCalled()
    await quit()
  })
})

describe('files from the system', () => {
  it('named at the start or by the Finder before it are what the first page is greeted with', async () => {
    const path = join(root, 'iris.csv')
    await writeFile(path, 'a\n1\n')
    const { app, ready, connect, quit } = setUp()
    const event = electronEvent()
    app.emit('open-file', event, path)
    expect(event.preventDefault).toHaveBeenCalledOnce()
    await ready()
    const client = connect()
    // The service looks at the file before it is offered.
    await vi.waitFor(async () => {
      const { launch } = await client.request('app.hello', {})
      expect(launch).toMatchObject({ purpose: 'dataset', file: { name: 'iris.csv' } })
    })
    await quit()
  })

  it('of a second start open in the window, which comes forward', async () => {
    const path = join(root, 'iris.csv')
    await writeFile(path, 'a\n1\n')
    const { app, ready, connect, quit } = setUp()
    await ready()
    const client = connect()
    await client.request('app.hello', {})
    const opened = new Promise<string>((resolve) => client.on('files.opened', ({ file }) => resolve(file.name)))
    const [window] = WindowStandIn.all
    if (window === undefined) throw new Error('There is no window.')
    window.minimized = true
    app.emit('second-instance', {}, [], '/', { files: [path] })
    expect(await opened).toBe('iris.csv')
    expect([window.restore.mock.calls.length, window.focus.mock.calls.length]).toEqual([1, 1])
    await quit()
  })

  it('make a window where macOS left none', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin')
    const path = join(root, 'iris.csv')
    await writeFile(path, 'a\n1\n')
    const { app, ready, connect, quit } = setUp()
    await ready()
    WindowStandIn.all[0]?.emit('closed')
    app.emit('open-file', electronEvent(), path)
    expect(WindowStandIn.all).toHaveLength(2)
    const client = connect()
    await vi.waitFor(async () => {
      const { launch } = await client.request('app.hello', {})
      expect(launch).toMatchObject({ purpose: 'dataset', file: { name: 'iris.csv' } })
    })
    await quit()
  })

  it('that are not there are told', async () => {
    const { app, dialog, ready, quit } = setUp()
    await ready()
    app.emit('open-file', electronEvent(), join(root, 'gone.csv'))
    await vi.waitFor(() => expect(dialog.showErrorBox).toHaveBeenCalledOnce())
    expect(dialog.showErrorBox.mock.calls[0]?.[1]).toContain('gone.csv')
    await quit()
  })
})

describe('the menu', () => {
  it('sends commands to the page, or edits the text that has the focus', async () => {
    const { ready, connect, choose, pageState, quit } = setUp()
    await ready()
    const client = connect()
    await client.request('app.hello', {})
    const commands: string[] = []
    client.on('menu.command', ({ command }) => commands.push(command))
    choose('copy')
    pageState({ editingText: true, textSelected: false, dark: false, modified: false })
    choose('copy')
    choose('save')
    await vi.waitFor(() => expect(commands).toEqual(['copy', 'save']))
    expect(WindowStandIn.all[0]?.webContents.copy).toHaveBeenCalledOnce()
    await quit()
  })

  it('pastes into a dialog of macOS while one has the keys, and not into the design behind it', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin')
    const { electron, ready, connect, choose, quit } = setUp()
    await ready()
    const client = connect()
    await client.request('app.hello', {})
    const commands: string[] = []
    client.on('menu.command', ({ command }) => commands.push(command))
    const [window] = WindowStandIn.all
    if (window === undefined) throw new Error('There is no window.')
    window.focused = false
    choose('paste')
    window.focused = true
    choose('paste')
    await vi.waitFor(() => expect(commands).toEqual(['paste']))
    expect(electron.Menu.sendActionToFirstResponder.mock.calls).toEqual([['paste:']])
    await quit()
  })

  it('follows the page’s theme with the window’s colour', async () => {
    const { ready, pageState, quit } = setUp()
    await ready()
    pageState({ editingText: false, textSelected: false, dark: true, modified: false })
    expect(WindowStandIn.all[0]?.setBackgroundColor).toHaveBeenCalledExactlyOnceWith('#121417')
    await quit()
  })
})

describe('the end', () => {
  it('waits for the service once, and then lets the program go', async () => {
    const { app, ready, connect, quit } = setUp()
    await ready()
    const client = connect()
    await client.request('app.hello', {})
    await quit()
    const again = electronEvent()
    app.emit('will-quit', again)
    expect(again.preventDefault).not.toHaveBeenCalled()
    expect(app.quit).toHaveBeenCalledOnce()
    expect(app.exit).not.toHaveBeenCalled()
  })

  it('comes with the last window, except on macOS, where the Dock makes a new one', async () => {
    for (const platform of ['linux', 'darwin'] as const) {
      vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)
      const { app, ready, quit } = setUp()
      await ready()
      WindowStandIn.all[0]?.emit('closed')
      app.emit('window-all-closed')
      expect([platform, app.quit.mock.calls.length]).toEqual([platform, platform === 'linux' ? 1 : 0])
      app.emit('activate')
      expect(WindowStandIn.all).toHaveLength(2)
      await quit()
    }
  })
})
