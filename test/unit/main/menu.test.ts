import type { MenuItemConstructorOptions } from 'electron'
import { homepage } from '../../../package.json'
import { describe, expect, it, vi } from 'vitest'
import { menuTemplate, routeCommand, type TextEditing } from '../../../src/main/menu'
import { menuCommands, type MenuCommand } from '../../../src/shared/contract'

type Item = MenuItemConstructorOptions

function itemsOf(template: Item[]): Item[] {
  return template.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? itemsOf(item.submenu) : [])])
}

function menu(platform: NodeJS.Platform, development = false) {
  const chosen: MenuCommand[] = []
  const openExternal = vi.fn()
  const items = itemsOf(
    menuTemplate({ platform, development, choose: (command) => chosen.push(command), openExternal })
  )
  return { items, chosen, openExternal }
}
const click = (item: Item | undefined): void => item?.click?.({} as never, undefined, {} as never)
const platforms = ['linux', 'win32', 'darwin'] as const

describe.each(platforms)('the menu on %s', (platform) => {
  it('offers every command of the contract exactly once', () => {
    const { items, chosen } = menu(platform)
    for (const item of items) if (item.id !== undefined) click(item)
    expect([...chosen].sort()).toEqual([...menuCommands].sort())
  })

  it('uses no shortcut twice', () => {
    const accelerators = menu(platform).items.flatMap((item) =>
      item.accelerator === undefined || item.accelerator === null ? [] : [item.accelerator]
    )
    expect(accelerators.length).toBeGreaterThan(10)
    expect(new Set(accelerators).size).toBe(accelerators.length)
  })

  it('only shows the shortcuts, which the page handles', () => {
    for (const item of menu(platform).items) {
      if (item.accelerator !== undefined) expect([item.id, item.registerAccelerator]).toEqual([item.id, false])
    }
  })

  it('leaves text editing to the commands, not to roles that would bypass the page', () => {
    const roles = menu(platform).items.flatMap(({ role }) => (role === undefined ? [] : [role]))
    for (const role of ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll', 'delete', 'editMenu'] as const)
      expect(roles).not.toContain(role)
  })

  it('offers developer tools to developers only', () => {
    const roles = (development: boolean): unknown[] => menu(platform, development).items.map(({ role }) => role)
    expect(roles(true)).toEqual(expect.arrayContaining(['reload', 'toggleDevTools']))
    for (const role of ['reload', 'forceReload', 'toggleDevTools']) expect(roles(false)).not.toContain(role)
  })

  it('leads to the project’s pages', () => {
    const { items, openExternal } = menu(platform)
    for (const label of ['&Documentation', '&Report a Problem']) click(items.find((item) => item.label === label))
    expect(openExternal.mock.calls).toEqual([[`${homepage}#readme`], [`${homepage}/issues`]])
  })
})

describe('shortcuts on macOS', () => {
  it('always need a modifier: they fire in text fields too', () => {
    for (const { accelerator } of menu('darwin').items) {
      if (typeof accelerator === 'string') expect(accelerator).toMatch(/^(CmdOrCtrl|Cmd)\+/)
    }
  })
})

describe('a command of the Edit menu', () => {
  const idle = { editingText: false, textSelected: false, dark: false, modified: false }
  function route(command: MenuCommand, state: Partial<typeof idle>) {
    const done: string[] = []
    const act = (name: string) => () => void done.push(`text ${name}`)
    const text: TextEditing = {
      undo: act('undo'),
      redo: act('redo'),
      cut: act('cut'),
      copy: act('copy'),
      paste: act('paste'),
      selectAll: act('selectAll'),
      delete: act('delete')
    }
    routeCommand(command, { ...idle, ...state }, text, (sent) => void done.push(`page ${sent}`))
    return done
  }
  const textCommands = ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll', 'delete'] as const

  it.each(textCommands)('%s is about the text while a field has the focus, else about blocks', (command) => {
    expect(route(command, { editingText: true })).toEqual([`text ${command}`])
    expect(route(command, {})).toEqual([`page ${command}`])
  })

  it('copies text selected anywhere, but does nothing else to it', () => {
    expect(route('copy', { textSelected: true })).toEqual(['text copy'])
    for (const command of ['cut', 'paste', 'delete', 'undo'] as const)
      expect(route(command, { textSelected: true })).toEqual([`page ${command}`])
  })

  it.each(['save', 'train', 'duplicate', 'addBlock'] as const)(
    '%s goes to the page, whatever has the focus',
    (command) => {
      expect(route(command, { editingText: true, textSelected: true })).toEqual([`page ${command}`])
    }
  )

  it('goes to the page when there is no window to edit in', () => {
    const send = vi.fn()
    routeCommand('copy', { ...idle, editingText: true }, null, send)
    expect(send).toHaveBeenCalledExactlyOnceWith('copy')
  })
})
