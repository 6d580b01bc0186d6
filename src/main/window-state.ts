import type { BrowserWindow, Display, Rectangle } from 'electron'
import { readFileSync } from 'node:fs'
import { writeFileAtomically } from '../service'
import { messageOf } from '../shared/errors'

export interface WindowState {
  /** Outside the maximised state; null: wherever the system puts a new window. */
  readonly position: { readonly x: number; readonly y: number } | null
  readonly width: number
  readonly height: number
  readonly maximized: boolean
  /** The page's theme when it was last seen, for the colour before it is there; null: the system's. */
  readonly dark: boolean | null
}

export const smallestWindow = { width: 720, height: 480 }
const usual: WindowState = { position: null, width: 1440, height: 900, maximized: false, dark: null }
/** So much of a title bar must lie on a screen for a window to be found and moved. */
const REACHABLE = { width: 120, height: 24 }
const SAVE_DELAY_MS = 400

type Screen = Pick<Display, 'workArea'>

/**
 * A stored state made usable on the screens of today: none of them may be there any more.
 * @param stored whatever the file held
 * @param displays at least the primary one, which is first
 */
export function usableState(stored: unknown, displays: readonly Screen[]): WindowState {
  const state = stateFrom(stored)
  const bounds = state.position === null ? null : { ...state.position, width: state.width, height: state.height }
  const display = displays.find(({ workArea }) => bounds !== null && isReachable(bounds, workArea))
  const area = (display ?? displays[0])?.workArea
  if (area === undefined) return { ...state, position: null }
  return {
    ...state,
    position: display === undefined ? null : state.position,
    width: clamp(state.width, smallestWindow.width, area.width),
    height: clamp(state.height, smallestWindow.height, area.height)
  }
}

function stateFrom(stored: unknown): WindowState {
  if (typeof stored !== 'object' || stored === null) return usual
  const fields = new Map<string, unknown>(Object.entries(stored))
  const number = (name: string): number | null => {
    const value = fields.get(name)
    return typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : null
  }
  const [x, y, width, height] = [number('x'), number('y'), number('width'), number('height')]
  const dark = fields.get('dark')
  return {
    position: x === null || y === null ? null : { x, y },
    width: width ?? usual.width,
    height: height ?? usual.height,
    maximized: fields.get('maximized') === true,
    dark: typeof dark === 'boolean' ? dark : null
  }
}

/** Whether enough of the window's upper edge lies within the area. */
function isReachable(window: Rectangle, area: Rectangle): boolean {
  const across = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x)
  return across >= REACHABLE.width && window.y >= area.y && window.y + REACHABLE.height <= area.y + area.height
}

/** The screen wins over the smallest size: a window must not be larger than what it is on. */
function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}

type Observed = Pick<BrowserWindow, 'on' | 'getNormalBounds' | 'isMaximized' | 'isDestroyed'>

/** Remembers where the window was, from one start to the next. */
export class WindowStateStore {
  private dark: boolean | null = null
  private writing: Promise<void> = Promise.resolve()

  constructor(
    private readonly path: string,
    private readonly warn: (message: string) => void
  ) {}

  load(displays: readonly Screen[]): WindowState {
    const state = usableState(this.read(), displays)
    this.dark = state.dark
    return state
  }

  /** Save whenever the window rests after a change, and when it closes. */
  observe(window: Observed): void {
    let timer: NodeJS.Timeout | null = null
    const later = (): void => {
      if (timer !== null) clearTimeout(timer)
      timer = setTimeout(() => this.save(window), SAVE_DELAY_MS)
    }
    window.on('resize', later)
    window.on('move', later)
    window.on('maximize', later)
    window.on('unmaximize', later)
    window.on('close', () => {
      if (timer !== null) clearTimeout(timer)
      this.save(window)
    })
  }

  noteTheme(dark: boolean): void {
    this.dark = dark
  }

  /** Resolves when everything is on the disk. */
  settled(): Promise<void> {
    return this.writing
  }

  private save(window: Observed): void {
    if (window.isDestroyed()) return
    const { x, y, width, height } = window.getNormalBounds()
    const text = `${JSON.stringify({ x, y, width, height, maximized: window.isMaximized(), dark: this.dark })}\n`
    this.writing = this.writing
      .then(() => writeFileAtomically(this.path, text))
      .catch((error: unknown) => this.warn(`The window’s place could not be saved: ${messageOf(error)}`))
  }

  /** A file that is missing or broken costs the person nothing but a window in its usual place. */
  private read(): unknown {
    try {
      return JSON.parse(readFileSync(this.path, 'utf8'))
    } catch {
      return null
    }
  }
}
