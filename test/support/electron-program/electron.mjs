/**
 * A stand-in for the module `electron`, for running the built main process in plain Node: no windows, but real messages,
 * real worker processes, and Electron's rules of order. Whoever forks the program plays the page: `page.mjs` loads what
 * the window loads, runs the preload script, and passes messages on.
 *
 * The environment says where things are: STAND_IN_APP (the folder of the program), STAND_IN_RESOURCES
 * (`process.resourcesPath`) and STAND_IN_FOLDER (the person's folders).
 */
import { EventEmitter } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { openPage, tell } from './page.mjs'
import { forkUtility } from './utility-process.mjs'

const { STAND_IN_APP: appPath, STAND_IN_FOLDER: folder, STAND_IN_RESOURCES: resources } = process.env
process.resourcesPath = resources
// As Electron does, for which the script is no argument.
process.argv.splice(1, 1)

let ready = false
let quitting = false
const mustBe = (wanted, what) => {
  if (ready !== wanted) throw new Error(`${what} must be called ${wanted ? 'after' : 'before'} the app is ready.`)
}
const cancellable = () => {
  const event = { defaultPrevented: false, preventDefault: () => (event.defaultPrevented = true) }
  return event
}

const { productName, version } = JSON.parse(readFileSync(join(appPath, 'package.json'), 'utf8'))

export const app = Object.assign(new EventEmitter(), {
  isPackaged: true,
  commandLine: { hasSwitch: (name) => process.argv.includes(`--${name}`) },
  getName: () => productName,
  getVersion: () => version,
  getAppPath: () => appPath,
  getPath: (name) => join(folder, name),
  setAppUserModelId() {},
  enableSandbox: () => mustBe(false, 'app.enableSandbox()'),
  addRecentDocument: (path) => tell('recent', path),
  requestSingleInstanceLock: () => true,
  whenReady: () => whenReady,
  quit() {
    const event = cancellable()
    app.emit('before-quit', event)
    if (event.defaultPrevented) return
    quitting = true
    for (const window of [...windows]) window.close()
    if (windows.size === 0) shutDown()
  },
  exit(code = 0) {
    process.exit(code)
  }
})
const whenReady = new Promise((resolve) => {
  setImmediate(() => {
    // Chromium's profile lies there.
    mkdirSync(app.getPath('userData'), { recursive: true })
    ready = true
    resolve()
  })
})

function shutDown() {
  const event = cancellable()
  app.emit('will-quit', event)
  if (event.defaultPrevented) {
    quitting = false
    return
  }
  app.emit('quit', {}, 0)
  process.exit(0)
}

export const protocol = {
  handlers: new Map(),
  registerSchemesAsPrivileged: () => mustBe(false, 'protocol.registerSchemesAsPrivileged()'),
  handle(scheme, handler) {
    mustBe(true, 'protocol.handle()')
    protocol.handlers.set(scheme, handler)
  }
}

let mayLoad = null
const defaultSession = Object.assign(new EventEmitter(), {
  setPermissionRequestHandler() {},
  setPermissionCheckHandler() {},
  setDevicePermissionHandler() {},
  webRequest: { onBeforeRequest: (listener) => (mayLoad = listener) }
})
export const session = {
  get defaultSession() {
    mustBe(true, 'session.defaultSession')
    return defaultSession
  }
}

/** What the network of a window answers. */
function load(url) {
  return new Promise((resolve, reject) => {
    const answer = ({ cancel }) => {
      const handler = protocol.handlers.get(new URL(url).protocol.slice(0, -1))
      if (cancel === true || handler === undefined) reject(new Error(`${url} is not loaded.`))
      else resolve(handler(new Request(url)))
    }
    if (mayLoad === null) answer({})
    else mayLoad({ url }, answer)
  })
}

const listeners = new Map()
const handlers = new Map()
export const ipcMain = {
  on: (channel, listener) => listeners.set(channel, listener),
  handle: (channel, handler) => handlers.set(channel, handler)
}

class PortMain extends EventEmitter {
  constructor(port) {
    super()
    this.port = port
    port.on('close', () => this.emit('close'))
  }
  start() {
    this.port.on('message', (data) => this.emit('message', { data, ports: [] }))
  }
  postMessage(message) {
    this.port.postMessage(message)
  }
  close() {
    this.port.close()
  }
}
export class MessageChannelMain {
  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.port1 = new PortMain(port1)
    this.port2 = new PortMain(port2)
  }
}

const windows = new Set()
export class BrowserWindow extends EventEmitter {
  constructor(options) {
    super()
    mustBe(true, 'new BrowserWindow()')
    this.options = options
    this.webContents = Object.assign(new EventEmitter(), { setWindowOpenHandler() {} })
    windows.add(this)
    app.emit('web-contents-created', {}, this.webContents)
  }
  async loadURL(url) {
    this.page = await openPage({
      url,
      preload: this.options.webPreferences.preload,
      load,
      navigated: (status) => this.webContents.emit('did-navigate', {}, url, status, ''),
      send: (channel, event, ...args) => listeners.get(channel)?.(event, ...args),
      invoke: (channel, event, ...args) => handlers.get(channel)?.(event, ...args)
    })
    this.emit('ready-to-show')
  }
  show() {
    tell('shown', this.options)
  }
  close() {
    this.emit('close', cancellable())
    this.page?.close()
    windows.delete(this)
    this.emit('closed')
    if (windows.size === 0 && !quitting) app.emit('window-all-closed')
  }
  isDestroyed() {
    return !windows.has(this)
  }
  isMaximized() {
    return false
  }
  getNormalBounds() {
    return { x: 10, y: 20, width: this.options.width, height: this.options.height }
  }
  maximize() {}
  setBackgroundColor() {}
}

const unexpected = (what) => tell('unexpected', what)
export const dialog = {
  showErrorBox: (title, text) => unexpected(`${title}: ${text}`),
  showMessageBox: (_window, { message }) => unexpected(message),
  showMessageBoxSync(_window, { message, cancelId }) {
    tell('asked', message)
    return cancelId
  },
  showOpenDialog: () => unexpected('a dialog for opening'),
  showSaveDialog: () => unexpected('a dialog for saving')
}
export const Menu = { buildFromTemplate: (template) => template, setApplicationMenu() {} }
export const nativeTheme = { shouldUseDarkColors: false }
export const powerSaveBlocker = { start: () => 1, stop() {} }
export const screen = {
  getPrimaryDisplay: () => ({ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1080 } }),
  getAllDisplays: () => [screen.getPrimaryDisplay()]
}
export const shell = { openExternal: (url) => Promise.reject(unexpected(url)) }
export const utilityProcess = {
  fork(path, args, options) {
    mustBe(true, 'utilityProcess.fork()')
    return forkUtility(app, path, args, options)
  }
}

process.on('message', ({ kind }) => {
  for (const window of [...windows]) {
    if (kind === 'close') window.close()
    // The page's `beforeunload` speaks against it.
    if (kind === 'object') window.webContents.emit('will-prevent-unload', cancellable())
  }
})
