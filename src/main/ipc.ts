import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent, MessageChannelMain, MessagePortMain } from 'electron'
import { isAbsolute } from 'node:path'
import { channels, type GrantOutcome, type PageState } from '../preload/channels'
import type { FileRef } from '../shared/contract'
import { messageOf } from '../shared/errors'
import type { Port } from '../shared/port'
import { messagePort } from './message-port'
import { isOfPage, type PageAddress } from './page-address'

type Sender = Pick<IpcMainEvent | IpcMainInvokeEvent, 'senderFrame'>

/** Only the main frame of Lamina's own page is listened to; a frame that is gone has no say either. */
export function isTrustedSender({ senderFrame }: Sender, page: PageAddress): boolean {
  // `origin` besides `url`: a blank child document inherits its opener's origin but has no address of its own.
  return (
    senderFrame !== null &&
    senderFrame.parent === null &&
    !senderFrame.detached &&
    isOfPage(page, senderFrame.url) &&
    isOfPage(page, senderFrame.origin)
  )
}

export interface IpcOptions {
  readonly page: PageAddress
  /** A new pair of entangled ports. */
  createChannel(): Pick<MessageChannelMain, 'port1' | 'port2'>
  /** A page asked for its port to the service. */
  connect(port: Port): void
  grantFile(path: string): Promise<FileRef>
  pageStateChanged(contentsId: number, state: PageState): void
  log(level: 'warning', message: string): void
}

/** Answer the few things the preload script asks for. */
export function answerIpc(ipc: Pick<IpcMain, 'on' | 'handle'>, options: IpcOptions): void {
  const refuses = (event: Sender, channel: string): boolean => {
    if (isTrustedSender(event, options.page)) return false
    options.log(
      'warning',
      `A message on ${channel} from ${event.senderFrame?.url ?? 'a frame that is gone'} was refused.`
    )
    return true
  }

  ipc.on(channels.requestPort, (event) => {
    if (refuses(event, channels.requestPort)) return
    const { port1, port2 } = options.createChannel()
    options.connect(messagePort(port1))
    // To the frame that asked: the window may have moved on meanwhile.
    event.senderFrame?.postMessage(channels.port, null, [port2 satisfies MessagePortMain])
  })

  ipc.handle(channels.grantDropped, async (event, path: unknown): Promise<GrantOutcome> => {
    if (refuses(event, channels.grantDropped)) return { ok: false, message: 'This window may not open files.' }
    if (typeof path !== 'string' || !isAbsolute(path))
      return { ok: false, message: 'A dropped file has no place on this computer.' }
    try {
      return { ok: true, file: await options.grantFile(path) }
    } catch (error) {
      return { ok: false, message: messageOf(error) }
    }
  })

  ipc.on(channels.pageState, (event, state: unknown) => {
    if (refuses(event, channels.pageState)) return
    if (isPageState(state)) options.pageStateChanged(event.sender.id, state)
  })
}

function isPageState(value: unknown): value is PageState {
  if (typeof value !== 'object' || value === null) return false
  return (['editingText', 'textSelected', 'dark', 'modified'] as const).every(
    (key) => key in value && typeof Reflect.get(value, key) === 'boolean'
  )
}
