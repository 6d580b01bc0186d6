import { EventEmitter } from 'node:events'
import type { IpcMainEvent, WebFrameMain } from 'electron'
import { vi } from 'vitest'
import { builtPage } from '../../../src/main/page-address'

/** An event as Electron passes it to listeners. */
export function electronEvent<T extends object>(fields: T = {} as T) {
  return { ...fields, defaultPrevented: false, preventDefault: vi.fn() }
}

export type FrameFields = Partial<Pick<WebFrameMain, 'url' | 'origin' | 'detached' | 'parent'>>

/** A frame of the page, unless told otherwise. */
export function frame(fields: FrameFields = {}) {
  return {
    url: builtPage.url,
    origin: builtPage.origin,
    detached: false,
    parent: null,
    postMessage: vi.fn(),
    ...fields
  }
}

/** What a listener of ipcMain gets. */
export function ipcEvent(senderFrame: ReturnType<typeof frame> | null): IpcMainEvent {
  return { senderFrame, sender: { id: 7 } } as unknown as IpcMainEvent
}

/** ipcMain as far as it is used, with a way to play the page's side. */
export function ipcStandIn() {
  const handlers = new Map<string, (event: IpcMainEvent, ...args: unknown[]) => unknown>()
  const register = (channel: string, handler: (event: IpcMainEvent, ...args: never[]) => unknown): void => {
    handlers.set(channel, handler as (event: IpcMainEvent, ...args: unknown[]) => unknown)
  }
  return {
    ipc: { on: register, handle: register },
    channels: handlers,
    call: (channel: string, event: IpcMainEvent, ...args: unknown[]) => handlers.get(channel)?.(event, ...args)
  }
}

/** One end of a MessageChannelMain. */
export class PortStandIn extends EventEmitter {
  readonly sent: unknown[] = []
  readonly start = vi.fn()
  readonly close = vi.fn()
  postMessage(message: unknown): void {
    this.sent.push(message)
  }
}

/**
 * A utility process, as Electron's lib/browser/api/utility-process.ts has it: it knows its id once it has spawned, and
 * forgets who listened to its stderr as soon as it told its end, which the last of the stream comes after.
 */
export class ProcessStandIn extends EventEmitter {
  readonly stderr = new EventEmitter()
  readonly sent: unknown[] = []
  readonly kill = vi.fn(() => true)
  pid: number | undefined = 42
  lastWords: string | null = null
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const heard = super.emit(event, ...args)
    if (event === 'exit') {
      this.stderr.removeAllListeners()
      setImmediate(() => {
        if (this.lastWords !== null) this.stderr.emit('data', Buffer.from(this.lastWords))
        this.stderr.emit('end')
      })
    }
    return heard
  }
  postMessage(message: unknown): void {
    this.sent.push(message)
  }
}
