import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { answerPageRequest, pageScheme, servePage } from '../../../src/main/page-protocol'

let root: string
let folder: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lamina-protocol-'))
  folder = join(root, 'renderer')
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(folder, 'index.html'), '<!doctype html>')
  await writeFile(join(folder, 'assets', 'font.woff2'), new Uint8Array([1, 2, 255]))
  await writeFile(join(root, 'outside.js'), 'outside')
})
afterAll(() => rm(root, { recursive: true, force: true }))

const get = (url: string): Promise<Response> => answerPageRequest({ method: 'GET', url }, folder)

describe('the page’s scheme', () => {
  it('is a secure origin without a way around its policy', () => {
    expect(pageScheme).toEqual({
      scheme: 'lamina',
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true }
    })
  })

  it('is served by this handler', async () => {
    const handle = vi.fn<(scheme: string, handler: (request: Request) => Response | Promise<Response>) => void>()
    servePage({ handle }, folder)
    expect(handle.mock.calls[0]?.[0]).toBe('lamina')
    const response = await handle.mock.calls[0]?.[1]({ method: 'GET', url: 'lamina://app/' } as Request)
    expect(await response?.text()).toBe('<!doctype html>')
  })

  it.each(['lamina://app/', 'lamina://app/index.html', 'lamina://app/index.html?x#y'])(
    '%s is the page',
    async (url) => {
      const response = await get(url)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/)
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    }
  )

  it('serves files byte for byte', async () => {
    const response = await get('lamina://app/assets/font.woff2')
    expect(response.headers.get('content-type')).toBe('font/woff2')
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([1, 2, 255]))
  })

  it.each([
    'lamina://app/../outside.js',
    'lamina://app/%2e%2e/outside.js',
    'lamina://app/assets/..%2f..%2foutside.js',
    'lamina://app/..%5coutside.js',
    'lamina://app/%252e%252e/outside.js',
    'lamina://app//outside.js',
    'lamina://app/assets/',
    'lamina://app/assets/missing.js',
    'lamina://app/etc/passwd',
    'lamina://app/index.html%00.js',
    'lamina://other/index.html',
    'lamina://app.evil/index.html',
    'lamina://app:1/index.html',
    'file:///etc/passwd'
  ])('refuses %s', async (url) => {
    const response = await get(url)
    expect(response.status).toBe(404)
    expect(await response.text()).toBe('')
  })

  it.each(['POST', 'PUT', 'HEAD'])('refuses %s', async (method) => {
    expect((await answerPageRequest({ method, url: 'lamina://app/index.html' }, folder)).status).toBe(405)
  })
})
