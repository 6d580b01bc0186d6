import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'

class Element {
  isContentEditable = false
}
class Input extends Element {
  constructor(readonly type = 'text') {
    super()
  }
}
class TextArea extends Element {}

/** The built preload script in a window of stand-ins, able to load nothing but `electron`, as in the sandbox. */
function loadPreload() {
  const exposed = new Map<string, Record<string, (...args: unknown[]) => unknown>>()
  const renderer = Object.assign(new EventEmitter(), { send: vi.fn(), invoke: vi.fn() })
  const getPathForFile = vi.fn((file: { path?: string }) => file.path ?? '')
  const window = Object.assign(new EventTarget(), { postMessage: vi.fn() })
  const root = {
    classList: { contains: (name: string) => name === 'dark' && state.dark },
    hasAttribute: (name: string) => name === 'data-modified' && state.modified
  }
  const state = { active: null as Element | null, collapsed: true, dark: false, modified: false }
  const document = Object.assign(new EventTarget(), {
    documentElement: root,
    getSelection: () => ({ isCollapsed: state.collapsed })
  })
  Object.defineProperty(document, 'activeElement', { get: () => state.active })
  let classChanged: () => void = () => undefined
  class MutationObserver {
    constructor(callback: () => void) {
      classChanged = callback
    }
    observe(target: unknown, options: unknown): void {
      expect([target, options]).toEqual([root, { attributeFilter: ['class', 'data-modified'] }])
    }
  }
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, api: never) => exposed.set(name, api) },
    ipcRenderer: renderer,
    webUtils: { getPathForFile }
  }
  const load = (name: string): unknown => {
    if (name === 'electron') return electron
    throw new Error(`A sandboxed preload script cannot load ${name}.`)
  }
  const globals = {
    require: load,
    window,
    document,
    MutationObserver,
    HTMLElement: Element,
    HTMLInputElement: Input,
    HTMLTextAreaElement: TextArea
  }
  runInContext(readFileSync('out/preload/index.cjs', 'utf8'), createContext(globals))
  window.dispatchEvent(new Event('DOMContentLoaded'))
  return {
    exposed,
    bridge: exposed.get('laminaBridge') ?? {},
    renderer,
    window,
    /** Change the page, and say what main heard of it. */
    change(change: Partial<typeof state>, event = 'focusin') {
      renderer.send.mockClear()
      Object.assign(state, change)
      if (event === 'class') classChanged()
      else document.dispatchEvent(new Event(event))
      return renderer.send.mock.calls as unknown[][]
    }
  }
}

describe('the preload script', () => {
  it('gives the page two functions and nothing of Electron', () => {
    const { exposed, bridge } = loadPreload()
    expect([...exposed.keys()]).toEqual(['laminaBridge'])
    expect(Object.keys(bridge)).toEqual(['requestPort', 'grantDropped'])
    expect(Object.values(bridge).every((member) => typeof member === 'function')).toBe(true)
  })

  it('asks for a port and hands it to its own window', () => {
    const { bridge, renderer, window } = loadPreload()
    bridge['requestPort']?.()
    expect(renderer.send).toHaveBeenCalledWith('lamina:request-port')
    const port = {}
    renderer.emit('lamina:port', { ports: [port] })
    expect(window.postMessage).toHaveBeenCalledExactlyOnceWith('lamina:port', '*', [port])
  })

  it('grants a dropped file by its place on the computer, and only one that has a place', async () => {
    const { bridge, renderer } = loadPreload()
    const file = { id: 'g', name: 'iris.csv', location: '~' }
    renderer.invoke.mockResolvedValueOnce({ ok: true, file })
    expect(await bridge['grantDropped']?.({ name: 'iris.csv', path: '/home/ada/iris.csv' })).toEqual(file)
    expect(renderer.invoke).toHaveBeenCalledExactlyOnceWith('lamina:grant-dropped', '/home/ada/iris.csv')
    await expect(bridge['grantDropped']?.({ name: 'pasted.csv' })).rejects.toThrow(
      'pasted.csv is not a file of this computer. Save it first, then drop it here.'
    )
    expect(renderer.invoke).toHaveBeenCalledOnce()
  })

  it('passes on a refusal in words', async () => {
    const { bridge, renderer } = loadPreload()
    renderer.invoke.mockResolvedValueOnce({ ok: false, message: '/gone.csv is not there.' })
    await expect(bridge['grantDropped']?.({ name: 'gone.csv', path: '/gone.csv' })).rejects.toThrow(
      '/gone.csv is not there.'
    )
  })

  it('tells main what the Edit menu is about, once for each change', () => {
    const { change } = loadPreload()
    const told = (editingText: boolean, textSelected = false, dark = false, modified = false) => [
      ['lamina:page-state', { editingText, textSelected, dark, modified }]
    ]
    expect(change({ active: new Input() })).toEqual(told(true))
    expect(change({ active: new TextArea() })).toEqual([])
    expect(change({ active: new Input('checkbox') }, 'focusout')).toEqual(told(false))
    expect(change({ active: Object.assign(new Element(), { isContentEditable: true }) })).toEqual(told(true))
    expect(change({ active: new Element() })).toEqual(told(false))
    expect(change({ collapsed: false }, 'selectionchange')).toEqual(told(false, true))
    expect(change({ collapsed: true, dark: true }, 'class')).toEqual(told(false, false, true))
    expect(change({ modified: true }, 'class')).toEqual(told(false, false, true, true))
    expect(change({ modified: false }, 'class')).toEqual(told(false, false, true))
  })
})
