import { EventEmitter } from 'node:events'
import type { Session, WebContents } from 'electron'
import { homepage } from '../../../package.json'
import { describe, expect, it, vi } from 'vitest'
import { confineContents, confineSession } from '../../../src/main/confinement'
import { builtPage, pageAddress, type PageAddress } from '../../../src/main/page-address'
import { electronEvent } from './electron-stand-ins'

function confinedContents(page: PageAddress = builtPage) {
  const openExternal = vi.fn()
  const setWindowOpenHandler = vi.fn<WebContents['setWindowOpenHandler']>()
  const contents = Object.assign(new EventEmitter(), { setWindowOpenHandler })
  confineContents(contents as unknown as WebContents, page, openExternal)
  const handler = setWindowOpenHandler.mock.calls[0]?.[0]
  return {
    openExternal,
    navigate(kind: string, fields: object) {
      const event = electronEvent(fields)
      contents.emit(kind, event)
      return event.preventDefault.mock.calls.length > 0 ? 'refused' : 'allowed'
    },
    open: (url: string) => handler?.({ url } as Parameters<NonNullable<typeof handler>>[0])
  }
}

const foreign = [
  'https://evil.example/',
  'http://127.0.0.1:8080/',
  'file:///home/ada/iris.csv',
  'lamina://application/',
  'lamina://app.evil/',
  'lamina://app@evil/',
  'lamina-x://app/',
  'data:text/html,x',
  'blob:lamina://app/uuid',
  'javascript:alert(1)',
  'about:blank',
  ''
]

describe('navigation', () => {
  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect'])('%s stays on the page', (kind) => {
    const { navigate } = confinedContents()
    expect(navigate(kind, { url: builtPage.url, isMainFrame: true })).toBe('allowed')
    for (const url of foreign) expect([url, navigate(kind, { url, isMainFrame: true })]).toEqual([url, 'refused'])
  })

  it('of a child frame is refused wherever it goes', () => {
    const { navigate } = confinedContents()
    expect(navigate('will-frame-navigate', { url: builtPage.url, isMainFrame: false })).toBe('refused')
  })

  it('refuses to attach a webview', () => {
    expect(confinedContents().navigate('will-attach-webview', {})).toBe('refused')
  })

  it('stays on the development server while developing', () => {
    const { navigate } = confinedContents(pageAddress('http://localhost:5173', false))
    expect(navigate('will-navigate', { url: 'http://localhost:5173/', isMainFrame: true })).toBe('allowed')
    expect(navigate('will-navigate', { url: 'http://localhost:51730/', isMainFrame: true })).toBe('refused')
  })
})

describe('the page’s address', () => {
  it.each([
    [undefined, false],
    ['http://localhost:5173', true],
    ['https://evil.example', false],
    ['file:///tmp/index.html', false]
  ])('with %s announced and packaged: %s is the bundle', (address, packaged) => {
    expect(pageAddress(address, packaged)).toEqual({ origin: 'lamina://app', url: 'lamina://app/index.html' })
  })
})

describe('a new window', () => {
  it.each(foreign)('is refused for %s, which is opened nowhere', (url) => {
    const { open, openExternal } = confinedContents()
    expect(open(url)).toEqual({ action: 'deny' })
    expect(openExternal).not.toHaveBeenCalled()
  })

  it.each([homepage, `${homepage}#readme`, `${homepage}/issues`])(
    'for the project’s own page %s opens in the person’s browser',
    (url) => {
      const { open, openExternal } = confinedContents()
      expect(open(url)).toEqual({ action: 'deny' })
      expect(openExternal).toHaveBeenCalledExactlyOnceWith(url)
    }
  )

  it.each([
    homepage.replace('https:', 'http:'),
    `${homepage}-evil`,
    homepage.replace(/\/[^/]*$/, ''),
    homepage.replace('.com', '.com.evil.example')
  ])('for the look-alike %s is opened nowhere', (url) => {
    const { open, openExternal } = confinedContents()
    expect(open(url)).toEqual({ action: 'deny' })
    expect(openExternal).not.toHaveBeenCalled()
  })
})

function confinedSession(page: PageAddress = builtPage) {
  const handlers = {
    request: vi.fn<Session['setPermissionRequestHandler']>(),
    check: vi.fn<Session['setPermissionCheckHandler']>(),
    device: vi.fn<Session['setDevicePermissionHandler']>(),
    network: vi.fn()
  }
  const session = Object.assign(new EventEmitter(), {
    setPermissionRequestHandler: handlers.request,
    setPermissionCheckHandler: handlers.check,
    setDevicePermissionHandler: handlers.device,
    webRequest: { onBeforeRequest: handlers.network }
  })
  confineSession(session as unknown as Session, page)
  type RequestHandler = NonNullable<Parameters<Session['setPermissionRequestHandler']>[0]>
  type Permission = Parameters<RequestHandler>[1]
  return {
    session,
    device: handlers.device.mock.calls[0]?.[0],
    requests(permission: Permission, details: { isMainFrame?: boolean; requestingUrl?: string } = {}) {
      const callback = vi.fn()
      const full = { isMainFrame: true, requestingUrl: builtPage.url, ...details }
      handlers.request.mock.calls[0]?.[0]?.(
        {} as WebContents,
        permission,
        callback,
        full as Parameters<RequestHandler>[3]
      )
      return callback.mock.calls
    },
    checks(permission: Permission, origin = `${builtPage.origin}/`, isMainFrame = true) {
      return handlers.check.mock.calls[0]?.[0]?.(null, permission, origin, { isMainFrame } as never)
    },
    blocks(url: string): unknown {
      const callback = vi.fn()
      const listener = handlers.network.mock.calls[0]?.[0] as (
        details: { url: string },
        callback: (answer: unknown) => void
      ) => void
      listener({ url }, callback)
      return callback.mock.calls[0]?.[0]
    }
  }
}

describe('permissions', () => {
  const denied = [
    'media',
    'display-capture',
    'geolocation',
    'notifications',
    'midi',
    'midiSysex',
    'pointerLock',
    'fullscreen',
    'openExternal',
    'fileSystem',
    'hid',
    'serial',
    'usb',
    'idle-detection',
    'speaker-selection',
    'storage-access',
    'window-management',
    'keyboardLock',
    'local-fonts',
    'deprecated-sync-clipboard-read',
    'unknown'
  ] as const

  it.each(denied)('%s is denied even to the page', (permission) => {
    const { requests, checks } = confinedSession()
    expect(requests(permission)).toEqual([[false]])
    expect(checks(permission)).toBe(false)
  })

  it.each(['clipboard-read', 'clipboard-sanitized-write'] as const)(
    '%s is for the page’s main frame only',
    (permission) => {
      const { requests, checks } = confinedSession()
      expect(requests(permission)).toEqual([[true]])
      expect(checks(permission)).toBe(true)
      expect(requests(permission, { isMainFrame: false })).toEqual([[false]])
      expect(checks(permission, `${builtPage.origin}/`, false)).toBe(false)
      expect(requests(permission, { requestingUrl: 'https://evil.example/' })).toEqual([[false]])
      expect(checks(permission, 'https://evil.example/')).toBe(false)
    }
  )

  it('devices are denied', () => {
    expect(confinedSession().device?.({ deviceType: 'usb', origin: builtPage.origin, device: {} as never })).toBe(false)
  })
})

describe('the network', () => {
  it.each([
    'http://example.org/',
    'https://redirector.gvt1.com/edgedl/dict',
    'ws://127.0.0.1:9/',
    'file:///etc/passwd',
    'lamina://other/x.js'
  ])('is closed to %s', (url) => {
    expect(confinedSession().blocks(url)).toEqual({ cancel: true })
  })

  it.each([
    builtPage.url,
    'lamina://app/assets/index.js',
    'blob:lamina://app/1',
    'data:image/png;base64,',
    'devtools://devtools/bundled/x.js'
  ])('has no part in %s', (url) => {
    expect(confinedSession().blocks(url)).toEqual({ cancel: false })
  })

  it('leads to the development server only while developing', () => {
    const { blocks } = confinedSession(pageAddress('http://localhost:5173', false))
    expect(
      ['http://localhost:5173/src/main.ts', 'ws://localhost:5173/?token=x', 'http://localhost:80/'].map(blocks)
    ).toEqual([{ cancel: false }, { cancel: false }, { cancel: true }])
  })
})

describe('downloads', () => {
  it.each([
    ['blob:lamina://app/1', 'allowed'],
    ['data:text/csv,a', 'allowed'],
    ['https://evil.example/x.exe', 'refused'],
    ['blob:https://evil.example/1', 'refused'],
    ['lamina://app/index.html', 'refused']
  ])('of %s are %s', (url, expected) => {
    const { session } = confinedSession()
    const event = electronEvent()
    session.emit('will-download', event, { getURL: () => url })
    expect(event.preventDefault.mock.calls.length > 0 ? 'refused' : 'allowed').toBe(expected)
  })
})
