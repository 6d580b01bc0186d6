import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contentSecurityPolicy, pageFileOf, runtimeStyleSheets, templateStyles } from '../../../src/shared/page'
import { PAGE, SCRIPT, startServer, type RunningServer } from './running-server'

let server: RunningServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.dispose())

/** Ways to leave the bundle or to reach what is not part of it. */
const traversals = [
  '/../outside.js',
  '/assets/../../outside.js',
  '/..%2foutside.js',
  '/%2e%2e/outside.js',
  '/%2e%2e%2foutside.js',
  '/%252e%252e%252foutside.js',
  '/..%5coutside.js',
  '/assets/..\\..\\outside.js',
  '/....//outside.js',
  '/./index.html',
  '//index.html',
  '//evil.example/index.html',
  '/assets//index-abc123.js',
  '/assets/',
  '/assets',
  '/.secret.js',
  '/C:/windows/win.ini.js',
  '/index.html%00.js',
  '/index.html/',
  '/%',
  '/%ff.js',
  '/etc/passwd',
  '/index.html~',
  'http://127.0.0.1/outside.js'
]

describe('the page', () => {
  it('is served under / with its policy and is asked for anew each time', async () => {
    const answer = await server.ask('/')
    expect(answer).toMatchObject({ status: 200, body: PAGE })
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy([`ws://${server.host}`]),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-cache'
    })
  })

  it('serves hashed files for ever and others for now, with their media types', async () => {
    const script = await server.ask('/assets/index-abc123.js')
    expect(script.body).toBe(SCRIPT)
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'private, max-age=31536000, immutable',
      'content-length': String(SCRIPT.length)
    })
    expect((await server.ask('/favicon.svg')).headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'cache-control': 'no-cache'
    })
  })

  it('is compressed for a browser that asks for it', async () => {
    const response = await fetch(`http://${server.host}/`, {
      headers: { cookie: server.cookie, 'accept-encoding': 'gzip' }
    })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(await response.text()).toBe(PAGE)
  })

  it('answers HEAD without a body', async () => {
    const answer = await server.ask('/', { method: 'HEAD' })
    expect(answer).toMatchObject({ status: 200, body: '' })
    expect(answer.headers['content-length']).toBe(String(PAGE.length))
  })

  it.each(traversals)('does not serve %s', async (path) => {
    expect(pageFileOf(path)).toBeNull()
    const answer = await server.ask(path)
    expect(answer.status).toBe(404)
    expect(answer.body).toBe('There is nothing under this address.\n')
  })

  it('says 404 for a file that is not there', async () => {
    expect((await server.ask('/assets/index-def456.js')).status).toBe(404)
  })

  it.each(['PUT', 'DELETE', 'POST', 'OPTIONS'])('refuses %s', async (method) => {
    const answer = await server.ask('/', { method })
    expect(answer.status).toBe(405)
    expect(answer.headers['allow']).toBe('GET, HEAD')
  })
})

describe('the policy', () => {
  it('allows no inline and no foreign scripts, no framing and no plug-ins', () => {
    const policy = contentSecurityPolicy()
    expect(policy).toContain("default-src 'none'; script-src 'self';")
    expect(policy).not.toMatch(/script-src[^;]*unsafe/)
    expect(policy).not.toMatch(/\*|https?:/)
    for (const directive of ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"])
      expect(policy).toContain(directive)
  })

  it('allows nothing inline but what it knows by hash', () => {
    expect(contentSecurityPolicy()).not.toMatch(/unsafe-(inline|eval)/)
    expect(contentSecurityPolicy().match(/'unsafe-\w+'/g)).toEqual(["'unsafe-hashes'"])
  })

  const hash = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

  it('allows the style attributes of templates as they are, and no others', () => {
    const script = readdirSync('out/renderer/assets').find((name) => name.endsWith('.js')) ?? ''
    const built = readFileSync(join('out/renderer/assets', script), 'utf8')
    const found = [...built.matchAll(/\sstyle=\\?["']([^"'\\]*)/g)].map((match) => match[1] ?? '')
    expect(Object.fromEntries(found.map((text) => [text, hash(text)]))).toEqual(templateStyles)
  })

  it('allows the pane splitter’s style sheets as they are, and no others', () => {
    const source = readFileSync('node_modules/paneforge/dist/internal/utils/style.js', 'utf8')
    expect(source).toContain('element.innerHTML = `*{cursor: ${style}!important;}`')
    const cursors = [...source.matchAll(/return "([\w-]+-resize)"/g)].map((match) => match[1] ?? '')
    const texts = ['', ...cursors.map((cursor) => `*{cursor: ${cursor}!important;}`)]
    expect(Object.fromEntries(texts.map((text) => [text, hash(text)]))).toEqual(runtimeStyleSheets)
    expect(contentSecurityPolicy().match(/'sha256-[^']+'/g)).toHaveLength(8)
  })
})
