import type { LaminaBridge } from '../../preload/bridge'
import { contract, type FilePurpose, type FileRef, type LaminaContract, type SavedFile } from '../../shared/contract'
import { DESIGN_EXTENSION } from '../../shared/design/schema'
import type { LaminaError } from '../../shared/errors'
import type { Port } from '../../shared/port'
import { createClient, type Client, type Result } from '../../shared/rpc'
import { requestMessagePort } from './message-port'
import {
  chooseLocalFiles,
  deliverDownload,
  newUploadGroup,
  uploadFile,
  type TransferListener,
  type UploadOptions
} from './transfer'
import { openWebSocket, socketUrl } from './web-socket'

export type Hello = Result<LaminaContract, 'app.hello'>

/** The page's link to the service, whichever host carries it. */
export interface HostConnection {
  readonly client: Client<LaminaContract>
  readonly hello: Hello
  /** Ask the person for a file: the system's dialog, or the browser's followed by an upload. Null when they cancel. */
  pickFile(purpose: FilePurpose): Promise<FileRef | null>
  /** Give the service access to a dropped file. Several files of one drop share a `group`; see `newUploadGroup`. */
  acceptDropped(file: File, options?: UploadOptions): Promise<FileRef>
  /** Offer a saved file as a download where the host saves that way. */
  deliver(saved: SavedFile): void
}

export interface HostListeners {
  /** Messages that break the contract: defects, for the console and the notices. */
  report(error: LaminaError): void
  transfer: TransferListener
}

declare global {
  interface Window {
    /** Put there by the preload script of the Electron host; absent in a browser. */
    readonly laminaBridge?: LaminaBridge
  }
}

/**
 * Connect to whoever hosts this page and say hello.
 * @throws LaminaError `disconnected` when nobody answers
 */
export async function connectHost(listeners: HostListeners): Promise<HostConnection> {
  const bridge = window.laminaBridge
  const port = await (bridge === undefined ? openWebSocket(socketUrl(window.location)) : requestMessagePort(bridge))
  return greet(port, bridge ?? null, listeners)
}

/** The connection over an open port. */
export async function greet(
  port: Port,
  bridge: LaminaBridge | null,
  listeners: HostListeners
): Promise<HostConnection> {
  const client = createClient(contract, port, listeners.report)
  let hello: Hello
  try {
    hello = await client.request('app.hello', {})
  } catch (error) {
    client.close()
    throw error
  }
  const { capabilities } = hello
  const acceptDropped = (file: File, options: UploadOptions = {}): Promise<FileRef> =>
    bridge !== null && capabilities.droppedPaths
      ? bridge.grantDropped(file)
      : uploadFile(file, options, listeners.transfer)
  return {
    client,
    hello,
    acceptDropped,
    async pickFile(purpose) {
      if (capabilities.nativeDialogs) return client.request('files.choose', { purpose })
      const files = await chooseLocalFiles(purpose)
      const main = files.find((file) => purpose !== 'design' || isDesign(file)) ?? files[0]
      if (main === undefined) return null
      const group = newUploadGroup()
      for (const companion of files) if (companion !== main) await acceptDropped(companion, { group })
      return acceptDropped(main, { purpose, group })
    },
    deliver: deliverDownload
  }
}

function isDesign(file: File): boolean {
  return file.name.toLowerCase().endsWith(DESIGN_EXTENSION)
}
