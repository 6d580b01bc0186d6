/**
 * What both hosts agree on about serving the built page: which addresses exist, and the headers that fence it in.
 */

/** The page itself, and where an address without a file name leads. */
export const PAGE_FILE = 'index.html'

/** A file of the built page as an address names it. */
export interface PageFile {
  /** Path below the bundle, `/` between segments. */
  readonly path: string
  readonly mediaType: string
  /** The name holds a hash of the content, so that it can be cached for ever. */
  readonly immutable: boolean
}

/** Only what a build produces; anything else is not served at all. */
const mediaTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  webmanifest: 'application/manifest+json',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  woff: 'font/woff',
  wasm: 'application/wasm'
}

/**
 * A file name as bundlers write them. A leading dot is no such name, which rules out `.` and `..`; neither are
 * separators, drive letters, NUL, or a `%` left over from encoding twice.
 */
const SEGMENT = /^[\w@~+-][\w.@~+-]*$/

/**
 * The bundle's file behind a request.
 * @param pathname the path of a URL, percent-encoded as it came over the wire
 * @returns null for anything that cannot be a file of the bundle, such as a path that leaves it
 */
export function pageFileOf(pathname: string): PageFile | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return null
  }
  if (decoded === '/') return pageFileOf(`/${PAGE_FILE}`)
  const [root, ...segments] = decoded.split('/')
  if (root !== '' || segments.length === 0 || !segments.every((segment) => SEGMENT.test(segment))) return null
  const name = segments.at(-1) ?? ''
  const dot = name.lastIndexOf('.')
  const extension = dot < 0 ? '' : name.slice(dot + 1).toLowerCase()
  const mediaType = Object.hasOwn(mediaTypes, extension) ? mediaTypes[extension] : undefined
  if (mediaType === undefined) return null
  return { path: segments.join('/'), mediaType, immutable: segments.length > 1 && segments[0] === 'assets' }
}

/**
 * The only style elements made at run time are the pane splitter's (paneforge), by the cursor of a drag; each is empty
 * for a moment. Their texts are known, so they are allowed by hash and every other inline style sheet stays forbidden.
 */
export const runtimeStyleSheets: Readonly<Record<string, string>> = {
  '': 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  '*{cursor: ew-resize!important;}': 'sha256-ejxaNqI9HE4qAX7B2hAfln6pnS37ktMxKSd3kZCKrvU=',
  '*{cursor: w-resize!important;}': 'sha256-3E7V3vrrCp0FIalfwVOrEiZQA9GXrPxylQSBapcdnoM=',
  '*{cursor: e-resize!important;}': 'sha256-XvJ01jaWVHkBTx63VEEV8Mmbn7pi9cbgzXIyweci36Q=',
  '*{cursor: ns-resize!important;}': 'sha256-wUEtAaaVdYbl2wBKc7ZXQJ+ZY0hLP1JUfj5VzM8WQJ4=',
  '*{cursor: n-resize!important;}': 'sha256-xWWdZhbIKroFvyKpADxJwHlQTxeDyH03GJQEs0FTvdQ=',
  '*{cursor: s-resize!important;}': 'sha256-qRk/VfuUuXoKA7au6vyYM5V1nEMVy+UkEZk7KDa2ov0='
}

/**
 * The only style attribute in a template: Svelte wraps a component in it that is given custom properties (the minimap).
 * Allowed by hash as well, so that every other style attribute stays forbidden.
 */
export const templateStyles: Readonly<Record<string, string>> = {
  'display: contents': 'sha256-tcbDxjMo+xKqM21aCGYbs/QAJqB7yUXC06oPWDapBgc='
}

/**
 * The policy of the page.
 *
 * Everything comes from the bundle: no inline script, no `eval`. Styles that depend on state are set
 * through the CSSOM (`element.style`), which is script and needs no leave of its own.
 * @param connect sources for fetch and WebSocket beside the page's own origin
 */
export function contentSecurityPolicy(connect: readonly string[] = []): string {
  const hashes = (known: Readonly<Record<string, string>>): string[] => Object.values(known).map((hash) => `'${hash}'`)
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src-elem ${["'self'", ...hashes(runtimeStyleSheets)].join(' ')}`,
    // The name frightens, but it only lets hashes speak for attributes; nothing is allowed that has none.
    `style-src-attr ${["'unsafe-hashes'", ...hashes(templateStyles)].join(' ')}`,
    "font-src 'self'",
    "img-src 'self' data: blob:",
    `connect-src ${["'self'", ...connect].join(' ')}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join('; ')
}

/** Headers of every answer of either host, whatever it carries. */
export const protectiveHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), hid=(), midi=(), payment=(), screen-wake-lock=()'
}
