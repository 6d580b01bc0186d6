import { socketLimits, type SocketLimits } from './socket-port'

/** So many at once, and so many a second from then on. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** How much of each the host takes. The values leave a page far more than it needs, and keep a flood from everybody else. */
export interface WebLimits extends SocketLimits {
  /** Requests with the session: a page loads some thirty files. */
  readonly requests: Rate
  /** Requests without: any program of this machine, and any page open in a browser on it. They have a budget of their own. */
  readonly strangers: Rate
  /** Tokens that are not the host's. The right one is always admitted. */
  readonly wrongTokens: Rate
  readonly uploadsAtOnce: number
  /** Connected pages. */
  readonly sockets: number
  /** Open connections of any kind. */
  readonly connections: number
  /** Time for the head of a request to arrive. */
  readonly headersMilliseconds: number
  /** A request whose sender says nothing for so long is over. */
  readonly silenceMilliseconds: number
}

export const webLimits: WebLimits = {
  ...socketLimits,
  requests: { burst: 2000, perSecond: 200 },
  strangers: { burst: 100, perSecond: 5 },
  wrongTokens: { burst: 10, perSecond: 0.2 },
  uploadsAtOnce: 8,
  sockets: 32,
  connections: 256,
  headersMilliseconds: 20_000,
  silenceMilliseconds: 60_000
}

/** A budget that fills up again with time (a token bucket). */
export class Budget {
  private left: number
  private since: number

  /** @param now in milliseconds, from a clock that only goes forward */
  constructor(
    private readonly rate: Rate,
    private readonly now: () => number
  ) {
    this.left = rate.burst
    this.since = now()
  }

  /** @returns null when there was one to take, otherwise the seconds until there is, a whole number for `Retry-After` */
  take(): number | null {
    const time = this.now()
    this.left = Math.min(this.rate.burst, this.left + ((time - this.since) / 1000) * this.rate.perSecond)
    this.since = time
    if (this.left < 1) return Math.ceil((1 - this.left) / this.rate.perSecond)
    this.left -= 1
    return null
  }
}

/** What the requests of one host share. */
export class Budgets {
  readonly requests: Budget
  readonly strangers: Budget
  readonly wrongTokens: Budget
  private uploading = 0

  constructor(
    private readonly limits: WebLimits,
    now: () => number = () => performance.now()
  ) {
    this.requests = new Budget(limits.requests, now)
    this.strangers = new Budget(limits.strangers, now)
    this.wrongTokens = new Budget(limits.wrongTokens, now)
  }

  /** @returns a function that ends the upload, or null when as many as may be are under way */
  beginUpload(): (() => void) | null {
    if (this.uploading >= this.limits.uploadsAtOnce) return null
    this.uploading += 1
    return () => void (this.uploading -= 1)
  }
}
