import type { Event, Session, WebContents } from 'electron'
import { isAllowedLink } from './links'
import { isOfPage, type PageAddress } from './page-address'

type Contents = Pick<WebContents, 'on' | 'setWindowOpenHandler'>
/** Electron types each navigation event by itself; this is what they share. */
interface Navigation extends Event {
  readonly url: string
  readonly isMainFrame?: boolean
}

/**
 * Keep a page where it is: it may not leave its origin, load frames from elsewhere, open windows, or embed a webview.
 * A file dropped beside the drop zones would otherwise replace the page.
 */
export function confineContents(contents: Contents, page: PageAddress, openExternal: (url: string) => void): void {
  const guard = (navigation: Navigation): void => {
    if (navigation.isMainFrame !== false && isOfPage(page, navigation.url)) return
    navigation.preventDefault()
  }
  contents.on('will-navigate', guard)
  contents.on('will-frame-navigate', guard)
  contents.on('will-redirect', guard)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    if (isAllowedLink(url)) openExternal(url)
    return { action: 'deny' }
  })
}

/** Copying blocks and numbers, and pasting blocks from another window, is all a designer needs of the system. */
const grantedPermissions: readonly string[] = ['clipboard-sanitized-write', 'clipboard-read']

type ConfinedSession = Pick<
  Session,
  'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'on'
> & {
  readonly webRequest: Pick<Session['webRequest'], 'onBeforeRequest'>
}

/** Everything stays on the machine: no permissions, no devices, no network, no downloads but what the page itself made. */
export function confineSession(session: ConfinedSession, page: PageAddress): void {
  session.setPermissionRequestHandler((_contents, permission, callback, details) => {
    callback(details.isMainFrame && isOfPage(page, details.requestingUrl) && grantedPermissions.includes(permission))
  })
  session.setPermissionCheckHandler((_contents, permission, requestingOrigin, details) => {
    // Chromium names an origin with a slash at its end.
    return details.isMainFrame && isOfPage(page, requestingOrigin) && grantedPermissions.includes(permission)
  })
  session.setDevicePermissionHandler(() => false)
  session.webRequest.onBeforeRequest(({ url }, callback) => callback({ cancel: !mayLoad(page, url) }))
  session.on('will-download', (event, item) => {
    const url = item.getURL()
    if (!url.startsWith(`blob:${page.origin}/`) && !url.startsWith('data:')) event.preventDefault()
  })
}

function mayLoad(page: PageAddress, url: string): boolean {
  const local = ['blob:', 'data:', 'devtools:']
  // The development server reloads the page over a socket of its own.
  const socket = page.origin.replace(/^http/, 'ws')
  return isOfPage(page, url) || url.startsWith(`${socket}/`) || local.some((scheme) => url.startsWith(scheme))
}
