import type { MenuItemConstructorOptions, WebContents } from 'electron'
import type { PageState } from '../preload/channels'
import type { MenuCommand } from '../shared/contract'
import { LINKS } from './links'

/** What Chromium itself does to the focused text. */
export type TextEditing = Pick<WebContents, 'undo' | 'redo' | 'cut' | 'copy' | 'paste' | 'selectAll' | 'delete'>

const textCommands = ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll', 'delete'] as const
type TextCommand = (typeof textCommands)[number]

/**
 * Undo, cut, copy and the like have two meanings: about the text under the cursor, which only Chromium can do, and about
 * blocks, which only the page can. The page says which one is meant by where its focus is.
 */
export function routeCommand(
  command: MenuCommand,
  state: PageState,
  text: TextEditing | null,
  send: (command: MenuCommand) => void
): void {
  const aboutText = state.editingText || (command === 'copy' && state.textSelected)
  if (text !== null && aboutText && isTextCommand(command)) text[command]()
  else send(command)
}

/** Whether a command has a meaning for text, by a name that Chromium and macOS know as well. */
export function isTextCommand(command: MenuCommand): command is TextCommand {
  return (textCommands as readonly string[]).includes(command)
}

export interface MenuOptions {
  readonly platform: NodeJS.Platform
  /** Adds what only developers of Lamina need. */
  readonly development: boolean
  choose(command: MenuCommand): void
  openExternal(url: string): void
}

/** The application menu. */
export function menuTemplate(options: MenuOptions): MenuItemConstructorOptions[] {
  const mac = options.platform === 'darwin'
  /**
   * The page handles its shortcuts itself, the same in every host, and hears of a key before the menu does. Elsewhere the
   * menu only shows them; macOS always reacts to them, when the page did not.
   */
  const item = (label: string, command: MenuCommand, accelerator?: string): MenuItemConstructorOptions => ({
    id: command,
    label,
    click: () => options.choose(command),
    ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false })
  })
  /** A key without Ctrl or Cmd, which on macOS would fire while somebody types. */
  const plain = (label: string, command: MenuCommand, accelerator: string): MenuItemConstructorOptions =>
    mac ? item(label, command) : item(label, command, accelerator)
  const separator: MenuItemConstructorOptions = { type: 'separator' }
  const about = item('About Lamina', 'about')

  return [
    ...(mac
      ? [
          {
            label: 'Lamina',
            submenu: [
              about,
              separator,
              { role: 'services' as const },
              separator,
              { role: 'hide' as const },
              { role: 'hideOthers' as const },
              { role: 'unhide' as const },
              separator,
              { role: 'quit' as const }
            ]
          }
        ]
      : []),
    {
      label: '&File',
      submenu: [
        item('&New Design', 'new', 'CmdOrCtrl+N'),
        item('&Open Design…', 'open', 'CmdOrCtrl+O'),
        item('Open &CSV…', 'openData', 'CmdOrCtrl+Shift+O'),
        ...(mac
          ? [
              {
                label: 'Open Recent',
                role: 'recentDocuments' as const,
                submenu: [{ role: 'clearRecentDocuments' as const }]
              }
            ]
          : []),
        separator,
        item('&Save', 'save', 'CmdOrCtrl+S'),
        item('Save &As…', 'saveAs', 'CmdOrCtrl+Shift+S'),
        item('&Unsaved Work…', 'recover'),
        separator,
        item('&Export Weights…', 'exportWeights', 'CmdOrCtrl+E'),
        item('&Import Weights…', 'importWeights'),
        separator,
        mac ? { role: 'close' } : { role: 'quit', label: options.platform === 'win32' ? 'E&xit' : '&Quit' }
      ]
    },
    {
      label: '&Edit',
      submenu: [
        item('&Undo', 'undo', 'CmdOrCtrl+Z'),
        item('&Redo', 'redo', mac ? 'Cmd+Shift+Z' : 'Ctrl+Y'),
        separator,
        item('Cu&t', 'cut', 'CmdOrCtrl+X'),
        item('&Copy', 'copy', 'CmdOrCtrl+C'),
        item('&Paste', 'paste', 'CmdOrCtrl+V'),
        item('D&uplicate', 'duplicate', 'CmdOrCtrl+D'),
        plain('&Delete', 'delete', 'Delete'),
        separator,
        item('Select &All', 'selectAll', 'CmdOrCtrl+A')
      ]
    },
    {
      label: '&View',
      submenu: [
        plain('Add &Block…', 'addBlock', 'Tab'),
        separator,
        plain('&Fit to View', 'fit', '1'),
        plain('Zoom to &100 %', 'resetZoom', '0'),
        plain('&Tidy Layout', 'tidy', 'L'),
        separator,
        item('Switch T&heme', 'toggleTheme'),
        item('&Memory for Tables…', 'tableMemory'),
        { role: 'zoomIn', label: '&Larger Interface' },
        { role: 'zoomOut', label: '&Smaller Interface' },
        { role: 'resetZoom', label: '&Usual Interface Size' },
        { role: 'togglefullscreen' },
        ...(options.development ? [separator, { role: 'reload' as const }, { role: 'toggleDevTools' as const }] : [])
      ]
    },
    {
      label: '&Train',
      submenu: [
        item('&Train, Pause or Continue', 'train', 'CmdOrCtrl+Enter'),
        item('&One Step', 'step', 'CmdOrCtrl+Shift+Enter'),
        item('&Stop', 'stop')
      ]
    },
    ...(mac ? [{ role: 'windowMenu' as const }] : []),
    {
      role: 'help',
      label: '&Help',
      submenu: [
        plain('&Keyboard Shortcuts', 'shortcuts', '?'),
        { label: '&Documentation', click: () => options.openExternal(LINKS.documentation) },
        { label: '&Report a Problem', click: () => options.openExternal(LINKS.issues) },
        ...(mac ? [] : [separator, about])
      ]
    }
  ]
}
