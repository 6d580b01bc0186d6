import type { FileRef } from '../shared/contract'

/** The name under which the preload script exposes the bridge to the page. */
export const BRIDGE_NAME = 'laminaBridge'
/** `data` of the window message that carries the page's MessagePort as its only transferred port. */
export const PORT_MESSAGE = 'lamina:port'

/** Everything the sandboxed page can reach beyond the web platform. The rest is the contract over the port. */
export interface LaminaBridge {
  /** Ask for a port to the service; it arrives as a `PORT_MESSAGE` window message from this window itself. */
  requestPort(): void
  /** Grant the service access to a file the person dropped; only real files from the system carry a path. */
  grantDropped(file: File): Promise<FileRef>
}
