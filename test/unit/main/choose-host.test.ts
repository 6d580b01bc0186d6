import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

interface Machine {
  args: string[]
  platform: NodeJS.Platform
  environment: NodeJS.ProcessEnv
  isRoot: boolean
  fetchRuntime: () => Promise<string | null>
  sandboxProblem: () => string | null
}
interface Choice {
  host: 'electron' | 'web'
  reason: string | null
  args: string[]
}
let chooseHost: (machine: Machine) => Promise<Choice>
let electronProgram: (folder: string, environment: NodeJS.ProcessEnv) => string | null
let throughProxy: (environment: NodeJS.ProcessEnv) => NodeJS.ProcessEnv
let fetchFailure: (errors: string) => string | null
let sandboxProblem: (program: string, read: (path: string) => string | null) => string | null
let root: string
beforeAll(async () => {
  // Scripts are plain JavaScript, which the compiler is not asked to look into.
  const load = (name: string): Promise<unknown> => import(`../../../scripts/${name}.mjs`)
  ;({ chooseHost } = (await load('choose-host')) as { chooseHost: typeof chooseHost })
  ;({ electronProgram, fetchFailure, sandboxProblem, throughProxy } = (await load('electron-runtime')) as {
    electronProgram: typeof electronProgram
    fetchFailure: typeof fetchFailure
    throughProxy: typeof throughProxy
    sandboxProblem: typeof sandboxProblem
  })
  root = await mkdtemp(join(tmpdir(), 'lamina-start-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

function machine(fields: Partial<Machine> = {}) {
  return {
    args: ['iris.lamina'],
    platform: 'linux' as const,
    environment: { DISPLAY: ':0' },
    isRoot: false,
    fetchRuntime: vi.fn(() => Promise.resolve<string | null>(null)),
    sandboxProblem: vi.fn((): string | null => null),
    ...fields
  }
}

describe('npm start', () => {
  it.each([
    ['linux', { DISPLAY: ':0' }],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }],
    ['darwin', {}],
    ['win32', {}]
  ] as const)('opens Electron on %s with %j', async (platform, environment) => {
    expect(await chooseHost(machine({ platform, environment }))).toEqual({
      host: 'electron',
      reason: null,
      args: ['iris.lamina']
    })
  })

  it('opens the browser host where that is asked for, without a word and without fetching anything', async () => {
    const asked = machine({ args: ['--web', '--port', '8080', 'iris.lamina'] })
    expect(await chooseHost(asked)).toEqual({ host: 'web', reason: null, args: ['--port', '8080', 'iris.lamina'] })
    expect(asked.fetchRuntime).not.toHaveBeenCalled()
  })

  it.each([
    ['there is no display', { environment: { DISPLAY: '' } }, 'there is no display for a window'],
    [
      'root runs it',
      { isRoot: true },
      'Chromium refuses its sandbox under root; to open the window without it: npm start -- --no-sandbox'
    ]
  ])('opens the browser host when %s, without fetching anything', async (_why, fields, reason) => {
    const poor = machine(fields)
    expect(await chooseHost(poor)).toEqual({ host: 'web', reason, args: ['iris.lamina'] })
    expect(poor.fetchRuntime).not.toHaveBeenCalled()
  })

  it('opens the browser host when the runtime cannot be fetched', async () => {
    const offline = machine({ fetchRuntime: () => Promise.resolve('fetch failed') })
    expect(await chooseHost(offline)).toMatchObject({
      host: 'web',
      reason: 'the Electron runtime is not installed and could not be fetched (fetch failed)'
    })
  })

  it('opens the browser host when the system forbids the sandbox', async () => {
    const strict = machine({ sandboxProblem: () => 'no namespaces' })
    expect(await chooseHost(strict)).toMatchObject({
      host: 'web',
      reason: 'no namespaces; to open the window without it: npm start -- --no-sandbox'
    })
  })

  it('opens Electron without its sandbox only when told to', async () => {
    const told = machine({ isRoot: true, args: ['--no-sandbox'], sandboxProblem: () => 'no namespaces' })
    expect(await chooseHost(told)).toEqual({ host: 'electron', reason: null, args: ['--no-sandbox'] })
  })

  it('does not pass that flag to the browser host', async () => {
    expect(await chooseHost(machine({ args: ['--no-sandbox', 'a.csv'], environment: {} }))).toMatchObject({
      host: 'web',
      args: ['a.csv']
    })
  })
})

describe('the Electron runtime', () => {
  it('is there when the package says where and it is', async () => {
    expect(electronProgram(root, {})).toBeNull()
    await writeFile(join(root, 'path.txt'), 'electron')
    expect(electronProgram(root, {})).toBeNull()
    await mkdir(join(root, 'dist'))
    await writeFile(join(root, 'dist', 'electron'), '')
    expect(electronProgram(root, {})).toBe(join(root, 'dist', 'electron'))
    expect(electronProgram(root, { ELECTRON_OVERRIDE_DIST_PATH: join(root, 'elsewhere') })).toBeNull()
  })

  it('is fetched through the proxy of this machine, where it has one', () => {
    expect(throughProxy({ PATH: '/bin', HTTPS_PROXY: '' })).toEqual({ PATH: '/bin', HTTPS_PROXY: '' })
    expect(throughProxy({ https_proxy: 'http://proxy:3128', NODE_USE_ENV_PROXY: '0' })).toEqual({
      https_proxy: 'http://proxy:3128',
      ELECTRON_GET_USE_PROXY: 'true',
      NODE_USE_ENV_PROXY: '0'
    })
  })

  it.each([
    ['TypeError: fetch failed\n    at node:internal/deps/undici\n', 'github.com cannot be reached'],
    ['\nError: Generated checksum does not match\n    at x\n', 'Generated checksum does not match'],
    ['', null]
  ])('that could not be fetched, because of %j, is told as %j', (errors, expected) => {
    expect(fetchFailure(errors)).toBe(expected)
  })

  const namespaces = (path: string, value: string) => (asked: string) => (asked === path ? value : null)
  it.each([
    ['/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1', true],
    ['/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '0', false],
    ['/proc/sys/kernel/unprivileged_userns_clone', '0', true],
    ['/proc/sys/user/max_user_namespaces', '0', true],
    ['/proc/sys/user/max_user_namespaces', '15000', false]
  ])('%s = %s stands in the way of the sandbox: %s', (path, value, expected) => {
    expect(sandboxProblem(join(root, 'dist', 'electron'), namespaces(path, value)) !== null).toBe(expected)
  })

  it.skipIf(process.getuid?.() !== 0)(
    'makes its sandbox all the same with the helper that root allowed to',
    async () => {
      const helper = join(root, 'dist', 'chrome-sandbox')
      const read = namespaces('/proc/sys/user/max_user_namespaces', '0')
      await writeFile(helper, '')
      expect(sandboxProblem(join(root, 'dist', 'electron'), read)).toContain(
        'unprivileged user namespaces are restricted'
      )
      await chmod(helper, 0o4755)
      expect(sandboxProblem(join(root, 'dist', 'electron'), read)).toBeNull()
    }
  )
})
