import type { IpcMain, MessagePortMain } from 'electron'
import { describe, expect, it, vi } from 'vitest'
import { answerIpc, isTrustedSender } from '../../../src/main/ipc'
import { messagePort } from '../../../src/main/message-port'
import { builtPage } from '../../../src/main/page-address'
import { channels } from '../../../src/preload/channels'
import { LaminaError } from '../../../src/shared/errors'
import type { Port } from '../../../src/shared/port'
import { PortStandIn, frame, ipcEvent, ipcStandIn, type FrameFields } from './electron-stand-ins'

function setUp() {
  const { ipc, channels: answered, call } = ipcStandIn()
  const connected: Port[] = []
  const log: string[] = []
  const ends: PortStandIn[] = []
  const grantFile = vi.fn((path: string) => Promise.resolve({ id: 'g', name: path.slice(1), location: '/' }))
  const pageStateChanged = vi.fn()
  answerIpc(ipc as unknown as IpcMain, {
    page: builtPage,
    createChannel() {
      const [port1, port2] = [new PortStandIn(), new PortStandIn()]
      ends.push(port1, port2)
      return { port1: port1 as unknown as MessagePortMain, port2: port2 as unknown as MessagePortMain }
    },
    connect: (port) => connected.push(port),
    grantFile,
    pageStateChanged,
    log: (_level, message) => log.push(message)
  })
  return { answered, call, connected, log, ends, grantFile, pageStateChanged }
}

const strangers: [string, FrameFields | null][] = [
  ['a frame that is gone', null],
  ['a child frame', { parent: frame() as never }],
  ['a frame that was replaced', { detached: true }],
  ['a foreign page', { url: 'https://evil.example/', origin: 'https://evil.example' }],
  ['a page whose host only begins like ours', { url: 'lamina://app.evil/index.html', origin: 'lamina://app.evil' }],
  ['another host of our scheme', { url: 'lamina://other/index.html', origin: 'lamina://other' }],
  ['a local file', { url: 'file:///etc/passwd', origin: 'file://' }],
  ['a blank document that inherited our origin', { url: '', origin: builtPage.origin }],
  ['our address with an opaque origin', { url: builtPage.url, origin: 'null' }]
]

describe('a message from the page', () => {
  it('is trusted from the main frame of our own page', () => {
    expect(isTrustedSender(ipcEvent(frame()), builtPage)).toBe(true)
  })

  it.each(strangers)('is refused on every channel from %s', async (_who, fields) => {
    const set = setUp()
    const event = ipcEvent(fields === null ? null : frame(fields))
    expect(isTrustedSender(event, builtPage)).toBe(false)
    expect([...set.answered.keys()].sort()).toEqual(
      [channels.grantDropped, channels.pageState, channels.requestPort].sort()
    )
    set.call(channels.requestPort, event)
    set.call(channels.pageState, event, { editingText: true, textSelected: true, dark: true, modified: true })
    expect(await set.call(channels.grantDropped, event, '/etc/passwd')).toEqual({
      ok: false,
      message: 'This window may not open files.'
    })
    expect(set.connected).toEqual([])
    expect(set.ends).toEqual([])
    expect(set.grantFile).not.toHaveBeenCalled()
    expect(set.pageStateChanged).not.toHaveBeenCalled()
    expect(set.log).toHaveLength(3)
  })
})

describe('the port to the service', () => {
  it('is made anew for each request and handed to the frame that asked', () => {
    const { call, connected, ends } = setUp()
    const asking = frame()
    call(channels.requestPort, ipcEvent(asking))
    call(channels.requestPort, ipcEvent(asking))
    expect(connected).toHaveLength(2)
    expect(asking.postMessage.mock.calls).toEqual([
      [channels.port, null, [ends[1]]],
      [channels.port, null, [ends[3]]]
    ])
  })

  it('carries messages both ways, those from before anyone listened included', () => {
    const end = new PortStandIn()
    const port = messagePort(end as unknown as MessagePortMain)
    const heard: unknown[] = []
    expect(end.start).not.toHaveBeenCalled()
    port.onMessage((message) => heard.push(message))
    expect(end.start).toHaveBeenCalledOnce()
    end.emit('message', { data: { a: 1 } })
    port.post({ b: 2 })
    expect([heard, end.sent]).toEqual([[{ a: 1 }], [{ b: 2 }]])
  })

  it.each(['the page closes', 'we close'])('tells once when %s, and posts nothing afterwards', (who) => {
    const end = new PortStandIn()
    const port = messagePort(end as unknown as MessagePortMain)
    const closed = vi.fn()
    port.onClose(closed)
    if (who === 'we close') port.close()
    end.emit('close')
    port.post('late')
    expect(closed).toHaveBeenCalledOnce()
    expect(end.sent).toEqual([])
  })
})

describe('a dropped file', () => {
  it('is approved by its path', async () => {
    const { call, grantFile } = setUp()
    expect(await call(channels.grantDropped, ipcEvent(frame()), '/iris.csv')).toEqual({
      ok: true,
      file: { id: 'g', name: 'iris.csv', location: '/' }
    })
    expect(grantFile).toHaveBeenCalledExactlyOnceWith('/iris.csv')
  })

  it.each([['iris.csv'], [''], [undefined], [{ path: '/iris.csv' }]])('is refused with %j for a path', async (path) => {
    const { call, grantFile } = setUp()
    expect(await call(channels.grantDropped, ipcEvent(frame()), path)).toEqual({
      ok: false,
      message: 'A dropped file has no place on this computer.'
    })
    expect(grantFile).not.toHaveBeenCalled()
  })

  it('passes on why the service refused it, in words', async () => {
    const { call, grantFile } = setUp()
    grantFile.mockRejectedValueOnce(new LaminaError('notFound', '/gone.csv is not there.'))
    expect(await call(channels.grantDropped, ipcEvent(frame()), '/gone.csv')).toEqual({
      ok: false,
      message: '/gone.csv is not there.'
    })
  })
})

describe('the page’s state', () => {
  it('is passed on', () => {
    const { call, pageStateChanged } = setUp()
    const state = { editingText: true, textSelected: false, dark: true, modified: false }
    call(channels.pageState, ipcEvent(frame()), state)
    expect(pageStateChanged).toHaveBeenCalledExactlyOnceWith(7, state)
  })

  it.each([[null], ['dark'], [{ editingText: true }], [{ editingText: 1, textSelected: 0, dark: 1 }]])(
    'is ignored when it is %j',
    (state) => {
      const { call, pageStateChanged } = setUp()
      call(channels.pageState, ipcEvent(frame()), state)
      expect(pageStateChanged).not.toHaveBeenCalled()
    }
  )
})
