import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import type { BrowserWindow, RenderProcessGoneDetails } from 'electron'
import { describe, expect, it, vi } from 'vitest'
import { behaveAsWindow, surface, windowOptions, type Loss, type WindowDialog } from '../../../src/main/window'
import { electronEvent } from './electron-stand-ins'

const state = { position: { x: 5, y: 6 }, width: 1000, height: 700, maximized: false, dark: null }
const look = { state, systemDark: false, preload: '/app/preload.cjs', icon: null, development: false }

function setUp({ maximized = false, answer = 0, loss = 'changes' as Loss } = {}) {
  const webContents = Object.assign(new EventEmitter(), { reload: vi.fn(), forcefullyCrashRenderer: vi.fn() })
  const watched = Object.assign(new EventEmitter(), {
    webContents,
    show: vi.fn(),
    maximize: vi.fn(),
    destroy: vi.fn(),
    isDestroyed: () => false,
    loadURL: vi.fn().mockResolvedValue(undefined)
  })
  const dialog = {
    showMessageBox: vi.fn().mockResolvedValue({ response: answer, checkboxChecked: false }),
    showMessageBoxSync: vi.fn().mockReturnValue(answer)
  }
  const [shown, failed] = [vi.fn(), vi.fn<(reason: Error) => void>()]
  const log: string[] = []
  const [discarded, kept] = [vi.fn(), vi.fn()]
  const window = watched as unknown as BrowserWindow
  behaveAsWindow(window, {
    url: 'lamina://app/index.html',
    maximized,
    dialog: dialog as unknown as WindowDialog,
    window,
    lostWithPage: () => loss,
    discarded,
    kept,
    log: (_level, message) => log.push(message),
    shown,
    failed
  })
  return { watched, webContents, dialog, discarded, kept, log, shown, failed }
}

describe('a window', () => {
  it('is created where it was, hidden, in the colour of the page to come', () => {
    expect(windowOptions(look)).toMatchObject({
      x: 5,
      y: 6,
      width: 1000,
      height: 700,
      show: false,
      backgroundColor: surface.light
    })
    expect(windowOptions({ ...look, state: { ...state, position: null } })).not.toHaveProperty('x')
  })

  it.each([
    [null, false, surface.light],
    [null, true, surface.dark],
    [true, false, surface.dark],
    [false, true, surface.light]
  ])('whose page was last dark: %s, under a dark system: %s, begins in %s', (dark, systemDark, expected) => {
    expect(windowOptions({ ...look, systemDark, state: { ...state, dark } }).backgroundColor).toBe(expected)
  })

  it('takes its colours from the page’s own', () => {
    const tokens = readFileSync('src/renderer/styles/tokens.css', 'utf8')
    expect([...tokens.matchAll(/--surface-0: (#\w+)/g)].map(([, colour]) => colour)).toEqual([
      surface.light,
      surface.dark
    ])
  })

  it('appears when its page is drawn, maximised when it was', () => {
    const plain = setUp()
    expect(plain.watched.loadURL).toHaveBeenCalledExactlyOnceWith('lamina://app/index.html')
    expect(plain.watched.show).not.toHaveBeenCalled()
    plain.watched.emit('ready-to-show')
    expect([plain.watched.show.mock.calls.length, plain.watched.maximize.mock.calls.length]).toEqual([1, 0])
    const large = setUp({ maximized: true })
    large.watched.emit('ready-to-show')
    expect(large.watched.maximize).toHaveBeenCalledOnce()
  })
})

describe('a page that draws nothing', () => {
  it('is shown as it is after a while, once, so that there is a window to close', () => {
    vi.useFakeTimers()
    try {
      const { watched, log, shown } = setUp()
      vi.advanceTimersByTime(14_999)
      expect(watched.show).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1)
      watched.emit('ready-to-show')
      expect([watched.show.mock.calls.length, shown.mock.calls.length]).toEqual([1, 1])
      expect(log).toEqual(['The page was not drawn in time; the window is shown without it.'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('is not shown once it was closed', () => {
    vi.useFakeTimers()
    try {
      const { watched, log } = setUp()
      watched.emit('closed')
      vi.advanceTimersByTime(20_000)
      expect([watched.show.mock.calls.length, log]).toEqual([0, []])
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('unsaved changes', () => {
  it.each([
    [0, 'go with the window', 1],
    [1, 'keep it open', 0]
  ])('answered with button %i %s', (answer, _what, prevented) => {
    const { webContents, dialog, discarded, kept } = setUp({ answer })
    const event = electronEvent()
    webContents.emit('will-prevent-unload', event)
    expect(event.preventDefault).toHaveBeenCalledTimes(prevented)
    expect(discarded).toHaveBeenCalledTimes(prevented)
    expect(kept).toHaveBeenCalledTimes(1 - prevented)
    expect(dialog.showMessageBoxSync.mock.calls[0]?.[1]).toMatchObject({
      buttons: ['Discard Changes', 'Keep Editing'],
      defaultId: 1,
      cancelId: 1
    })
  })
})

describe('a run that goes on', () => {
  it.each([
    [0, 1],
    [1, 0]
  ])('is told of as what it is, and no changes are given up for it (answer %i)', (answer, prevented) => {
    const { webContents, dialog, discarded } = setUp({ answer, loss: 'run' })
    const event = electronEvent()
    webContents.emit('will-prevent-unload', event)
    expect(dialog.showMessageBoxSync.mock.calls[0]?.[1]).toMatchObject({
      message: 'Stop training and close Lamina?',
      buttons: ['Stop and Close', 'Go On Training']
    })
    expect([event.preventDefault.mock.calls.length, discarded.mock.calls.length]).toEqual([prevented, 0])
  })

  it('needs no window where it does without', () => {
    const { webContents, dialog } = setUp({ loss: 'nothing' })
    const event = electronEvent()
    webContents.emit('will-prevent-unload', event)
    expect([event.preventDefault.mock.calls.length, dialog.showMessageBoxSync.mock.calls.length]).toEqual([1, 0])
  })
})

describe('a page that crashed', () => {
  const crash = (details: Partial<RenderProcessGoneDetails> = {}): RenderProcessGoneDetails => ({
    reason: 'crashed',
    exitCode: 11,
    ...details
  })

  it.each([
    [0, 'reload'],
    [1, 'destroy']
  ] as const)('is offered anew (answer %i: %s)', async (answer, deed) => {
    const { watched, webContents, dialog } = setUp({ answer })
    webContents.emit('render-process-gone', electronEvent(), crash())
    expect(dialog.showMessageBox.mock.calls[0]?.[1]).toMatchObject({
      message: 'Lamina’s window crashed (crashed, 11).',
      buttons: ['Reload', 'Close']
    })
    await vi.waitFor(() => expect(deed === 'reload' ? webContents.reload : watched.destroy).toHaveBeenCalledOnce())
    expect(deed === 'reload' ? watched.destroy : webContents.reload).not.toHaveBeenCalled()
  })

  it('before it was ever drawn is asked about in a window that is seen', () => {
    const { watched, webContents, dialog } = setUp()
    webContents.emit('render-process-gone', electronEvent(), crash({ reason: 'launch-failed' }))
    expect(watched.show).toHaveBeenCalledOnce()
    expect(watched.show.mock.invocationCallOrder[0]).toBeLessThan(
      dialog.showMessageBox.mock.invocationCallOrder[0] ?? 0
    )
  })

  it('for want of memory is told so', () => {
    const { webContents, log } = setUp()
    webContents.emit('render-process-gone', electronEvent(), crash({ reason: 'oom' }))
    expect(log).toEqual(['The page ran out of memory.'])
  })

  it('is not one that ended in good order', () => {
    const { webContents, dialog } = setUp()
    webContents.emit('render-process-gone', electronEvent(), crash({ reason: 'clean-exit' }))
    expect(dialog.showMessageBox).not.toHaveBeenCalled()
  })

  it.each([
    [0, 0],
    [1, 1]
  ])('may be one that hangs: answer %i ends it %i times', async (answer, times) => {
    const { watched, webContents, dialog } = setUp({ answer })
    watched.emit('unresponsive')
    await dialog.showMessageBox.mock.results[0]?.value
    await Promise.resolve()
    expect(webContents.forcefullyCrashRenderer).toHaveBeenCalledTimes(times)
    if (times === 0) return
    // It was asked for: nobody is asked again.
    webContents.emit('render-process-gone', electronEvent(), crash({ reason: 'killed' }))
    expect([webContents.reload.mock.calls.length, dialog.showMessageBox.mock.calls.length]).toEqual([1, 1])
  })

  it('and hangs no longer is not ended by an answer that comes too late, and is asked about once', async () => {
    const { watched, webContents, dialog } = setUp()
    let answer: (value: { response: number }) => void = () => undefined
    dialog.showMessageBox.mockReturnValue(new Promise((resolve) => (answer = resolve)))
    watched.emit('unresponsive')
    watched.emit('unresponsive')
    expect(dialog.showMessageBox).toHaveBeenCalledOnce()
    const { signal } = dialog.showMessageBox.mock.calls[0]?.[1] as { signal: AbortSignal }
    watched.emit('responsive')
    expect(signal.aborted).toBe(true)
    answer({ response: 1 })
    dialog.showMessageBox.mockReturnValue(new Promise(() => undefined))
    await vi.waitFor(() => {
      watched.emit('unresponsive')
      expect(dialog.showMessageBox).toHaveBeenCalledTimes(2)
    })
    expect(webContents.forcefullyCrashRenderer).not.toHaveBeenCalled()
  })
})

describe('a page that cannot be loaded', () => {
  it('is the end, told with the way out', () => {
    const { webContents, failed } = setUp()
    webContents.emit('did-fail-load', electronEvent(), -6, 'ERR_FILE_NOT_FOUND', 'lamina://app/index.html', true)
    expect(failed.mock.calls[0]?.[0].message).toBe(
      'Lamina is not complete: its page lamina://app/index.html could not be loaded: ERR_FILE_NOT_FOUND (-6). Install it again, or build it: npm run build.'
    )
  })

  it('because the bundle lacks it is the end as well', () => {
    const { webContents, failed } = setUp()
    webContents.emit('did-navigate', electronEvent(), 'lamina://app/index.html', 200, 'OK')
    expect(failed).not.toHaveBeenCalled()
    webContents.emit('did-navigate', electronEvent(), 'lamina://app/index.html', 404, 'Not Found')
    expect(failed.mock.calls[0]?.[0].message).toContain('its page lamina://app/index.html is not there (404)')
  })

  it('nor reach its service is no better', () => {
    const { webContents, failed } = setUp()
    webContents.emit('preload-error', electronEvent(), '/app/index.cjs', new Error('unexpected token'))
    expect(failed.mock.calls[0]?.[0].message).toContain(
      'its link to the page (/app/index.cjs) failed: unexpected token'
    )
  })

  it.each([
    [-3, true],
    [-6, false]
  ])('is not one that was replaced by another load, nor a part of it (code %i, main frame %s)', (code, isMainFrame) => {
    const { webContents, failed } = setUp()
    webContents.emit('did-fail-load', electronEvent(), code, 'x', 'lamina://app/', isMainFrame)
    expect(failed).not.toHaveBeenCalled()
  })
})
