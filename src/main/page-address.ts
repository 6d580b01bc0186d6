/** The page's own scheme: unlike `file:` it has an origin, and can be kept to the bundle. */
export const SCHEME = 'lamina'

/** Where the page lives, and so what may be loaded, navigated to, and listened to. */
export interface PageAddress {
  readonly origin: string
  readonly url: string
}

export const builtPage: PageAddress = { origin: `${SCHEME}://app`, url: `${SCHEME}://app/index.html` }

/**
 * The page of a development server, which a packaged program never follows.
 * @param address as the bundler announces it in the environment
 */
export function pageAddress(address: string | undefined, isPackaged: boolean): PageAddress {
  if (address === undefined || isPackaged) return builtPage
  const { origin, protocol, hostname } = new URL(address)
  const local = protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return local ? { origin, url: `${origin}/` } : builtPage
}

/**
 * Whether a URL belongs to the page's origin. By hand, because Node's `URL` has no origin for schemes of our own.
 */
export function isOfPage(page: PageAddress, url: string): boolean {
  return url === page.origin || url.startsWith(`${page.origin}/`)
}
