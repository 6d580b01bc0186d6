import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Why a request is turned away, for the status line and the person reading it. */
export interface Refusal {
  readonly status: 401 | 403
  readonly reason: string
}

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i

/**
 * Who may talk to the browser host.
 *
 * Any program on the machine, and any web page open in the person's browser, can reach a loopback port, so being on
 * it proves nothing. The token in the printed address does: whoever opens that address gets a session cookie
 * in exchange, and everything but that exchange needs the cookie. A cookie, rather than a token kept by the page,
 * because no script can read it (HttpOnly), no other site can send it (SameSite=Strict), and it covers downloads and
 * the WebSocket handshake alike. Cookies ignore ports, so `Host` and `Origin` are checked besides:
 * - `Host` must be a loopback name, which defeats DNS rebinding; the port is free so that an SSH tunnel may move it;
 * - `Origin`, where one is sent, must be the very origin asked; it must be sent by whoever writes or opens a socket.
 */
export class Access {
  /** For the address printed on the terminal; good for as long as the host runs, in as many browsers as wanted. */
  readonly token = secret()
  private readonly session = secret()
  private readonly unused = new Set<string>()

  /** A token that opens one browser once: for command lines, which other people on the machine can read. */
  issueOneTimeToken(): string {
    const token = secret()
    this.unused.add(token)
    return token
  }

  /** Exchange a token from an address for the session. @returns the `Set-Cookie` header, or null for a wrong token */
  redeem(token: string, port: number): string | null {
    const oneTime = [...this.unused].find((candidate) => sameSecret(candidate, token))
    if (oneTime !== undefined) this.unused.delete(oneTime)
    else if (!sameSecret(this.token, token)) return null
    // Not `Secure`: browsers disagree whether plain http on a loopback address may set such a cookie.
    return `${cookieName(port)}=${this.session}; HttpOnly; SameSite=Strict; Path=/`
  }

  /** Whether the request comes from an address and a page that may talk to the host at all; says nothing of who sent it. */
  refuseForeign(request: IncomingMessage, originRequired: boolean): Refusal | null {
    const { host, origin } = request.headers
    if (host === undefined || !LOOPBACK_HOST.test(host)) {
      return { status: 403, reason: 'Lamina answers only under 127.0.0.1 or localhost.' }
    }
    if (origin === undefined) {
      return originRequired
        ? { status: 403, reason: 'A request that changes something must say which page it comes from.' }
        : null
    }
    if (origin.toLowerCase() === `http://${host.toLowerCase()}`) return null
    return { status: 403, reason: 'Lamina does not answer to other pages.' }
  }

  /** Whether the request carries the session. */
  refuseStranger(request: IncomingMessage, port: number): Refusal | null {
    const name = cookieName(port)
    const held = cookies(request.headers.cookie).filter(([key]) => key === name)
    if (held.some(([, value]) => sameSecret(this.session, value))) return null
    return {
      status: 401,
      reason: 'Open Lamina with the address it printed when it started; that address holds the key to this page.'
    }
  }
}

/** 256 random bits, safe in addresses and cookies. */
function secret(): string {
  return randomBytes(32).toString('base64url')
}

/** Compares digests: of equal length whatever was sent, in constant time. */
function sameSecret(expected: string, given: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(expected), digest(given))
}

/** Hosts on other ports of the same machine must not overwrite each other's cookie. */
function cookieName(port: number): string {
  return `lamina-${port}`
}

function cookies(header: string | undefined): [string, string][] {
  return (header ?? '').split(';').flatMap((part) => {
    const at = part.indexOf('=')
    return at < 0 ? [] : [[part.slice(0, at).trim(), part.slice(at + 1).trim()]]
  })
}
