import type { FileRef } from '../shared/contract'

/** IPC between the preload script and the main process: everything that does not go over the contract's port. */
export const channels = {
  /** Page → main: ask for a port. Main answers on `port`. */
  requestPort: 'lamina:request-port',
  /** Main → page: the port, transferred. */
  port: 'lamina:port',
  /** Page → main, with a path: approve a dropped file. Answers a `GrantOutcome`. */
  grantDropped: 'lamina:grant-dropped',
  /** Page → main, with a `PageState`: what the menu and the window need to know of the page. */
  pageState: 'lamina:page-state'
} as const

/** An error as data, because Electron passes on no more of a thrown one than its message. */
export type GrantOutcome =
  { readonly ok: true; readonly file: FileRef } | { readonly ok: false; readonly message: string }

export interface PageState {
  /** The focus is in a field with text: undo, cut, copy and paste are about that text. */
  readonly editingText: boolean
  /** Text is selected: copying is about that text, wherever the focus is. */
  readonly textSelected: boolean
  /** The page shows its dark theme. */
  readonly dark: boolean
  /** The design was changed since it was last saved. */
  readonly modified: boolean
}
