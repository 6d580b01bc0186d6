import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Access } from '../../../src/web/access'
import { PAGE, outcomeOf, startServer, type RunningServer } from './running-server'

let server: RunningServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.dispose())

describe('the token', () => {
  it('is exchanged for a cookie that scripts and other sites cannot use, and leaves the address', async () => {
    const answer = await server.askRaw(`/?token=${server.access.token}`)
    expect(answer.status).toBe(200)
    expect(answer.headers['set-cookie']).toEqual([`${server.cookie}; HttpOnly; SameSite=Strict; Path=/`])
    expect(answer.body).toContain('<meta http-equiv="refresh" content="0; url=/">')
    expect(answer.body).not.toContain(server.access.token)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect((await server.askRaw('/', { headers: { cookie: server.cookie } })).body).toBe(PAGE)
  })

  it('carries 256 bits and is not the cookie', () => {
    expect(Buffer.from(server.access.token, 'base64url')).toHaveLength(32)
    expect(server.cookie).toMatch(new RegExp(`^lamina-${server.port}=[\\w-]{43}$`))
    expect(server.cookie).not.toContain(server.access.token)
  })

  it.each(['wrong', '', 'ä', 'a'.repeat(10_000)])('is refused when it is %j', async (token) => {
    const answer = await server.askRaw(`/?token=${encodeURIComponent(token)}`)
    expect(answer.status).toBe(403)
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(answer.body).toContain('Open the one that Lamina printed last.')
  })

  it('serves any number of browsers, but one handed to a program only once', async () => {
    const once = server.access.issueOneTimeToken()
    const statuses = []
    for (const token of [server.access.token, server.access.token, once, once]) {
      statuses.push((await server.askRaw(`/?token=${token}`)).status)
    }
    expect(statuses).toEqual([200, 200, 200, 403])
  })

  it('is of no use to another host', () => {
    expect(new Access().redeem(server.access.token, server.port)).toBeNull()
  })
})

describe('without the session', () => {
  it.each(['/', '/index.html', '/assets/index-abc123.js', '/download/x', '/nothing'])(
    'GET %s is refused',
    async (path) => {
      const answer = await server.askRaw(path, { headers: { accept: 'text/html' } })
      expect(answer.status).toBe(401)
      expect(answer.body).toContain('Open Lamina with the address it printed when it started')
      expect(answer.body).not.toContain(PAGE)
    }
  )

  it('an upload is refused and nothing is stored', async () => {
    const answer = await server.askRaw('/upload?name=a.csv', {
      method: 'POST',
      body: 'a',
      headers: { origin: `http://${server.host}` }
    })
    expect(answer.status).toBe(401)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'permissionDenied' })
    expect(server.granted).toEqual([])
  })

  it.each([
    ['no cookie', {}],
    ['a wrong cookie', { cookie: 'lamina-1=x' }]
  ])('a socket with %s is refused', async (_what, headers) => {
    expect(await outcomeOf(server.socket({ headers }))).toBe(401)
    expect(server.ports).toEqual([])
  })

  it('a wrong cookie under the right name is refused', async () => {
    const cookie = `lamina-${server.port}=${'A'.repeat(43)}`
    expect((await server.askRaw('/', { headers: { cookie } })).status).toBe(401)
    expect(await outcomeOf(server.socket({ headers: { cookie } }))).toBe(401)
  })
})

describe('other origins', () => {
  const strangers = [
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example:80',
    '169.254.169.254',
    'user@127.0.0.1'
  ]

  it.each(strangers)('the host name %j is refused even with the session', async (host) => {
    expect((await server.askRaw('/', { headers: { host, cookie: server.cookie } })).status).toBe(403)
  })

  it('a request without any host name is refused', async () => {
    const socket = connect(server.port, '127.0.0.1')
    socket.end(`GET / HTTP/1.0\r\nCookie: ${server.cookie}\r\n\r\n`)
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    expect(answer).toMatch(/^HTTP\/1\.1 403 /)
  })

  it.each(['localhost', 'LOCALHOST:80', '[::1]:8080', '127.0.0.1:9'])(
    'the loopback name %s is served, as behind a tunnel',
    async (host) => {
      expect((await server.askRaw('/', { headers: { host, cookie: server.cookie } })).status).toBe(200)
    }
  )

  const foreignOrigins = ['http://evil.example', 'null', 'http://localhost:1', 'https://127.0.0.1']

  it.each(foreignOrigins)('the origin %s may not read, upload or connect', async (origin) => {
    const headers = { cookie: server.cookie, origin }
    expect((await server.askRaw('/', { headers })).status).toBe(403)
    expect((await server.askRaw('/upload?name=a.csv', { method: 'POST', body: 'a', headers })).status).toBe(403)
    expect(await outcomeOf(server.socket({ origin }))).toBe(403)
    expect(server.granted).toEqual([])
    expect(server.ports).toEqual([])
  })

  it('an upload or a socket must name its origin', async () => {
    const headers = { cookie: server.cookie }
    expect((await server.askRaw('/upload?name=a.csv', { method: 'POST', body: 'a', headers })).status).toBe(403)
    expect(await outcomeOf(server.socket({ headers, origin: '' }))).toBe(403)
  })

  it('a socket under a foreign host name is refused', async () => {
    const headers = { cookie: server.cookie, host: 'evil.example' }
    expect(await outcomeOf(server.socket({ headers, origin: 'http://evil.example' }))).toBe(403)
  })

  it('a socket opens for the page itself, and under no other address', async () => {
    const socket = server.socket()
    expect(await outcomeOf(socket)).toBe('open')
    socket.terminate()
    expect(await outcomeOf(server.socket({}, '/other'))).toBe(404)
  })
})
