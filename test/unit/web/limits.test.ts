import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Budget } from '../../../src/web/limits'
import { outcomeOf, startServer, type RunningServer } from './running-server'

const servers: RunningServer[] = []
async function start(...args: Parameters<typeof startServer>): Promise<RunningServer> {
  const server = await startServer(...args)
  servers.push(server)
  return server
}
afterEach(async () => {
  for (const server of servers.splice(0)) await server.dispose()
})

describe('a budget', () => {
  it('is used up, says when there is more, and fills up to its burst and no further', () => {
    let now = 0
    const budget = new Budget({ burst: 2, perSecond: 0.5 }, () => now)
    expect([budget.take(), budget.take(), budget.take()]).toEqual([null, null, 2])
    now = 1000
    expect(budget.take()).toBe(1)
    now = 2000
    expect(budget.take()).toBeNull()
    now = 1_000_000
    expect([budget.take(), budget.take(), budget.take()]).toEqual([null, null, 2])
  })
})

describe('too much of', () => {
  const none = { burst: 0, perSecond: 0.001 }
  const two = { burst: 2, perSecond: 0.001 }

  it('a page’s requests is answered with 429 and when to come again', async () => {
    const server = await start({ requests: two })
    const answers = [await server.ask('/'), await server.ask('/'), await server.ask('/')]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(answers[2]?.headers['retry-after']).toBe('1000')
    expect(JSON.parse(answers[2]?.body ?? '')).toMatchObject({ code: 'busy' })
  })

  it('strangers’ requests leaves the page its own, and lets in who has the key', async () => {
    const server = await start({ strangers: none })
    expect((await server.askRaw('/')).status).toBe(429)
    expect((await server.ask('/')).status).toBe(200)
    expect((await server.askRaw(`/?token=${server.access.token}`)).status).toBe(200)
  })

  it('wrong tokens is refused, and the right one is not', async () => {
    const server = await start({ wrongTokens: two })
    const statuses = []
    for (const token of ['a', 'b', 'c', server.access.token, 'd']) {
      statuses.push((await server.askRaw(`/?token=${token}`)).status)
    }
    expect(statuses).toEqual([403, 403, 429, 200, 429])
  })

  it('uploads at a time waits for one of them to end', async () => {
    const server = await start({ uploadsAtOnce: 1 })
    const upload = (body: string, rest: object = {}) =>
      server.ask('/upload?name=a.csv', { method: 'POST', body, ...rest })
    const origin = `http://${server.host}`
    const head = `POST /upload?name=a.csv HTTP/1.1\r\nHost: ${server.host}\r\nCookie: ${server.cookie}\r\nOrigin: ${origin}\r\n`
    const slow = connect(server.port, '127.0.0.1')
    slow.write(`${head}Content-Length: 3\r\n\r\na`)
    await expect.poll(async () => (await upload('x')).status).toBe(429)
    slow.write('bc')
    await expect.poll(async () => (await upload('x')).status).toBe(200)
    slow.destroy()
  })

  it('connected pages is refused until one goes', async () => {
    const server = await start({ sockets: 1 })
    const first = server.socket()
    expect(await outcomeOf(first)).toBe('open')
    expect(await outcomeOf(server.socket())).toBe(429)
    first.close()
    await expect.poll(() => outcomeOf(server.socket())).toBe('open')
  })
})

describe('a sender that is too slow', () => {
  const answerOf = async (server: RunningServer, ...parts: string[]): Promise<string> => {
    const socket = connect(server.port, '127.0.0.1')
    for (const part of parts) socket.write(part)
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    return answer
  }

  it('with the head of its request is told so and cut off', async () => {
    const server = await start({ headersMilliseconds: 50 })
    expect(await answerOf(server, 'GET / HTTP/1.1\r\nHost: 127')).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('with its file is cut off, and nothing is kept', async () => {
    const server = await start({ silenceMilliseconds: 50 })
    const head = `POST /upload?name=a.csv HTTP/1.1\r\nHost: ${server.host}\r\nCookie: ${server.cookie}\r\n`
    const answer = await answerOf(server, `${head}Origin: http://${server.host}\r\nContent-Length: 9\r\n\r\nabc`)
    expect(answer).toBe('')
    await expect.poll(() => server.log).toEqual([expect.stringContaining('Sending a.csv broke off')])
    expect(server.granted).toEqual([])
  })
})

it('a page of another site whose name was made to lead here gets nothing, over any way in', async () => {
  const server = await start()
  // What a browser sends after DNS rebinding: the attacker's name as host and, matching it, as origin.
  const rebound = { host: 'attacker.example', origin: 'http://attacker.example', cookie: server.cookie }
  const token = server.access.token
  const asks = ['/', `/?token=${token}`, '/assets/index-abc123.js', '/download/x'].map((path) =>
    server.askRaw(path, { headers: rebound })
  )
  const upload = server.askRaw('/upload?name=a.csv', { method: 'POST', body: 'a', headers: rebound })
  const answers = await Promise.all([...asks, upload])
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
  expect(answers.filter(({ headers }) => headers['set-cookie'] !== undefined)).toEqual([])
  const { origin, ...headers } = rebound
  expect(await outcomeOf(server.socket({ headers, origin }))).toBe(403)
  expect([server.granted, server.ports]).toEqual([[], []])
})
