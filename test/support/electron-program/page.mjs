/** The side of the window: loads the page and what it names, runs the preload script, and lets the test be the page. */
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'

/** Tells whoever started the program. */
export function tell(kind, value) {
  process.send({ kind, value })
}

/**
 * @param {object} window
 * @param {string} window.url
 * @param {string} window.preload
 * @param {(url: string) => Promise<Response>} window.load
 * @param {(status: number) => void} window.navigated
 * @param {(channel: string, event: object, ...args: unknown[]) => void} window.send
 * @param {(channel: string, event: object, ...args: unknown[]) => Promise<unknown>} window.invoke
 */
export async function openPage({ url, preload, load, navigated, send, invoke }) {
  const response = await load(url)
  navigated(response.status)
  const loaded = await loadNamed(url, response, load)
  tell('page', loaded)

  const frame = { url, origin: 'lamina://app', parent: null, detached: false }
  const event = { senderFrame: frame, sender: { id: 1 } }
  const renderer = new EventEmitter()
  // A port that was sent is no longer the sender's.
  frame.postMessage = (channel, _message, ports) =>
    setImmediate(() => renderer.emit(channel, { ports: ports.map(({ port }) => port) }))
  let bridge = null
  let handOver
  const arrived = new Promise((resolve) => (handOver = resolve))
  const electron = {
    contextBridge: { exposeInMainWorld: (_name, api) => (bridge = api) },
    ipcRenderer: Object.assign(renderer, {
      send: (channel, ...args) => setImmediate(() => send(channel, event, ...structuredClone(args))),
      invoke: (channel, ...args) => invoke(channel, event, ...structuredClone(args))
    }),
    webUtils: { getPathForFile: ({ path }) => path }
  }
  const window = Object.assign(new EventTarget(), {
    postMessage(_message, _origin, [transferred]) {
      transferred.on('message', (message) => tell('message', message))
      handOver(transferred)
    }
  })
  const require = (name) => {
    if (name === 'electron') return electron
    throw new Error(`A sandboxed preload script cannot load ${name}.`)
  }
  runInContext(readFileSync(preload, 'utf8'), createContext({ require, window, document: {}, Error }))
  bridge.requestPort()
  const hear = ({ kind, value }) => {
    if (kind === 'post') arrived.then((port) => port.postMessage(value))
    if (kind === 'drop') bridge.grantDropped({ name: value, path: value }).then((file) => tell('dropped', file))
  }
  process.on('message', hear)
  return {
    close() {
      process.off('message', hear)
      arrived.then((port) => port.close())
    }
  }
}

/** Everything the page and its style sheets name, with what was answered. */
async function loadNamed(url, page, load) {
  const answers = []
  const take = async (address, response) => {
    const text = await response.text()
    answers.push([address, response.status, response.headers.get('content-type')])
    return text
  }
  const html = await take(url, page)
  for (const [, name] of html.matchAll(/\b(?:src|href)="([^"]+)"/g)) {
    const address = new URL(name, url).href
    const text = await take(address, await load(address))
    if (!address.endsWith('.css')) continue
    for (const [, inner] of text.matchAll(/url\(["']?([^"')]+)["']?\)/g)) {
      if (inner.startsWith('data:')) continue
      const font = new URL(inner, address).href
      await take(font, await load(font))
    }
  }
  return answers
}
