import { EventEmitter } from 'node:events'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserWindow } from 'electron'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WindowStateStore, usableState } from '../../../src/main/window-state'

const laptop = { workArea: { x: 0, y: 25, width: 1440, height: 875 } }
const second = { workArea: { x: 1440, y: 0, width: 2560, height: 1440 } }
const usual = { position: null, width: 1440, height: 875, maximized: false, dark: null }

describe('a stored window', () => {
  it.each([[null], ['text'], [[]], [{}], [{ x: 'left', width: null }], [{ width: NaN, height: Infinity }]])(
    'of %j opens as usual',
    (stored) => {
      expect(usableState(stored, [laptop])).toEqual(usual)
    }
  )

  it('comes back where it was, on whichever screen', () => {
    const stored = { x: 1700, y: 100, width: 1200, height: 800, maximized: true, dark: true }
    expect(usableState(stored, [laptop, second])).toEqual({
      position: { x: 1700, y: 100 },
      width: 1200,
      height: 800,
      maximized: true,
      dark: true
    })
  })

  it('of a screen that is gone is placed by the system, and fits the first screen', () => {
    expect(usableState({ x: 1700, y: 100, width: 2000, height: 1300 }, [laptop])).toEqual({
      ...usual,
      width: 1440,
      height: 875
    })
  })

  it.each([
    ['its title bar lies above the screen', { x: 100, y: 0, width: 800, height: 600 }],
    ['its title bar lies below the screen', { x: 100, y: 890, width: 800, height: 600 }],
    ['too little of it lies on the screen', { x: 1400, y: 100, width: 800, height: 600 }],
    ['it lies left of the screen', { x: -790, y: 100, width: 800, height: 600 }]
  ])('whose place is lost because %s is placed by the system', (_why, stored) => {
    expect(usableState(stored, [laptop])).toMatchObject({ position: null, width: 800, height: 600 })
  })

  it('partly off a screen stays there while its title bar can be reached', () => {
    expect(usableState({ x: 1200, y: 700, width: 800, height: 600 }, [laptop]).position).toEqual({ x: 1200, y: 700 })
  })

  it('is never smaller than usable nor larger than the screen', () => {
    expect(usableState({ x: 0, y: 25, width: 10, height: 10 }, [laptop])).toMatchObject({ width: 720, height: 480 })
    expect(
      usableState({ width: 720, height: 480 }, [{ workArea: { x: 0, y: 0, width: 640, height: 400 } }])
    ).toMatchObject({
      width: 640,
      height: 400
    })
  })
})

describe('the file of the window’s place', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lamina-window-'))
  })
  afterEach(async () => {
    vi.useRealTimers()
    await rm(folder, { recursive: true, force: true })
  })

  function observed(store: WindowStateStore) {
    const bounds = { x: 10, y: 30, width: 900, height: 700 }
    const window = Object.assign(new EventEmitter(), {
      getNormalBounds: () => bounds,
      isMaximized: () => false,
      isDestroyed: () => false
    })
    store.observe(window as unknown as BrowserWindow)
    return { window, bounds }
  }

  it('is written whole when the window closes, and read at the next start', async () => {
    const path = join(folder, 'window.json')
    const store = new WindowStateStore(path, vi.fn())
    expect(store.load([laptop])).toEqual(usual)
    const { window } = observed(store)
    store.noteTheme(true)
    window.emit('close')
    await store.settled()
    expect(await readFile(path, 'utf8')).toBe(
      '{"x":10,"y":30,"width":900,"height":700,"maximized":false,"dark":true}\n'
    )
    expect(await readdir(folder)).toEqual(['window.json'])
    expect(new WindowStateStore(path, vi.fn()).load([laptop])).toEqual({
      position: { x: 10, y: 30 },
      width: 900,
      height: 700,
      maximized: false,
      dark: true
    })
  })

  it('is written once when the window rests, so that a crash does not lose it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const path = join(folder, 'window.json')
    const store = new WindowStateStore(path, vi.fn())
    const { window, bounds } = observed(store)
    for (const event of ['resize', 'move', 'move', 'maximize']) {
      window.emit(event)
      vi.advanceTimersByTime(300)
    }
    await store.settled()
    expect(await readdir(folder)).toEqual([])
    bounds.x = 11
    vi.advanceTimersByTime(400)
    await store.settled()
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ x: 11 })
  })

  it('may be broken without harm', async () => {
    const path = join(folder, 'window.json')
    await writeFile(path, '{"x":')
    expect(new WindowStateStore(path, vi.fn()).load([laptop])).toEqual(usual)
  })

  it('that cannot be written is a warning and no more', async () => {
    const warn = vi.fn()
    const store = new WindowStateStore(join(folder, 'missing', 'window.json'), warn)
    observed(store).window.emit('close')
    await store.settled()
    expect(warn).toHaveBeenCalledOnce()
    expect(warn.mock.calls[0]?.[0]).toMatch(/^The window’s place could not be saved: /)
  })
})
