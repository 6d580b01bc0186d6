import type { Point } from './geometry'

export type ContextTarget =
  | { readonly kind: 'canvas'; readonly screen: Point }
  | { readonly kind: 'block'; readonly id: string }
  | { readonly kind: 'wire'; readonly id: string; readonly screen: Point }

/** What the canvas' context menu is about. */
class ContextMenuState {
  target = $state.raw<ContextTarget | null>(null)
}

export const contextMenu = new ContextMenuState()
