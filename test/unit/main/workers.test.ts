import { EventEmitter } from 'node:events'
import type { App, Details, ForkOptions } from 'electron'
import { describe, expect, it, vi } from 'vitest'
import { createWorkerStarter } from '../../../src/main/workers'
import { ProcessStandIn } from './electron-stand-ins'

function setUp(environment: NodeJS.ProcessEnv = {}) {
  const app = new EventEmitter()
  const killed: number[] = []
  const children: ProcessStandIn[] = []
  let kills = 0
  const forks: { path: string; args: string[]; options: ForkOptions }[] = []
  const start = createWorkerStarter({
    fork(path, args, options) {
      forks.push({ path, args, options })
      const child = new ProcessStandIn()
      children.push(child)
      return child as never
    },
    app: app as unknown as App,
    entries: () => ({ data: '/app/data-worker.js', training: '/app/training-worker.js' }),
    environment,
    killNow: (pid) => killed.push(pid),
    memoryKills: () => kills
  })
  const gone = (serviceName: string, reason: Details['reason'], exitCode = 1): void => {
    app.emit(
      'child-process-gone',
      {},
      { type: 'Utility', name: serviceName, serviceName: 'node.mojom.NodeService', reason, exitCode }
    )
  }
  const worker = start('training')
  const [child] = children
  if (child === undefined) throw new Error('No process was forked.')
  const killForMemory = (): void => void kills++
  return { app, start, worker, child, forks, gone, killed, killForMemory }
}
const NAME = 'Lamina training worker 1'

describe('a worker', () => {
  it('gets an allow-list of the environment, no flags, and a name of its own', () => {
    const { forks, start } = setUp({
      PATH: '/bin',
      HOME: '/home/ada',
      LANG: 'de_DE.UTF-8',
      LAMINA_THREADS: '4',
      NODE_OPTIONS: '--require /tmp/evil.js',
      ELECTRON_RUN_AS_NODE: '1',
      LD_PRELOAD: '/tmp/evil.so',
      AWS_SECRET_ACCESS_KEY: 'secret',
      npm_config_registry: 'https://example.org'
    })
    start('data')
    expect(forks).toEqual([
      {
        path: '/app/training-worker.js',
        args: [],
        options: {
          serviceName: NAME,
          env: { PATH: '/bin', HOME: '/home/ada', LANG: 'de_DE.UTF-8', LAMINA_THREADS: '4' },
          execArgv: [],
          stdio: ['ignore', 'ignore', 'pipe']
        }
      },
      expect.objectContaining({
        path: '/app/data-worker.js',
        options: expect.objectContaining({ serviceName: 'Lamina data worker 2' }) as unknown
      })
    ])
  })

  it('has an id once it is up, also after its end, when Electron has forgotten it', () => {
    const { worker, child } = setUp()
    child.pid = 43
    child.emit('spawn')
    child.pid = undefined
    child.emit('exit', 0)
    expect(worker.pid).toBe(43)
  })

  it('exchanges messages, those from before anyone listened included', () => {
    const { worker, child } = setUp()
    const heard: unknown[] = []
    child.emit('message', 1)
    worker.port.onMessage((message) => heard.push(message))
    child.emit('message', 2)
    worker.port.post({ three: new Float32Array([3]) })
    expect(heard).toEqual([1, 2])
    expect(child.sent).toEqual([{ three: new Float32Array([3]) }])
  })

  it('closes its port when it ends, and nothing is posted to it any more', () => {
    const { worker, child } = setUp()
    const closed = vi.fn()
    worker.port.onClose(closed)
    child.emit('exit', 1)
    worker.port.post('late')
    expect(closed).toHaveBeenCalledOnce()
    expect(child.sent).toEqual([])
  })
})

describe('the reason of an end', () => {
  it.each([
    ['oom', 'ran out of memory'],
    ['memory-eviction', 'ran out of memory'],
    ['killed', 'was killed, by another program or because the computer ran out of memory'],
    ['crashed', process.platform === 'win32' ? 'crashed (0x8b)' : 'crashed (segmentation fault)'],
    ['launch-failed', 'could not be started (system error 139)'],
    [
      'integrity-failure',
      'could not be started: its file was changed after Lamina was installed. Install Lamina again'
    ],
    ['abnormal-exit', 'ended with exit code 139']
  ] as const)('%s is told as “%s”, in whichever order it is reported', async (reason, words) => {
    const first = setUp()
    first.gone(NAME, reason, 139)
    first.child.emit('exit', 139)
    expect(await first.worker.exited).toEqual({ reason: words })
    const second = setUp()
    second.child.emit('exit', 139)
    second.gone(NAME, reason, 139)
    expect(await second.worker.exited).toEqual({ reason: words })
  })

  it('is want of memory where the process says so with its last words, or V8 for it', async () => {
    const first = setUp()
    first.child.lastWords = "terminate called after throwing an instance of 'std::bad_alloc'\n"
    first.child.emit('exit', 6)
    first.gone(NAME, 'crashed', 6)
    expect(await first.worker.exited).toEqual({ reason: 'ran out of memory' })
    const second = setUp()
    second.child.emit('error', 'FatalError', 'Reached heap limit Allocation failed', '{}')
    second.gone(NAME, 'crashed', 5)
    second.child.emit('exit', 5)
    expect(await second.worker.exited).toEqual({ reason: 'ran out of memory' })
  })

  it('is the system’s doing where it ended a process for memory meanwhile', async () => {
    const { worker, child, gone, killForMemory } = setUp()
    killForMemory()
    gone(NAME, 'killed', 9)
    child.emit('exit', 9)
    expect(await worker.exited).toEqual({ reason: 'was ended by the system because the computer ran out of memory' })
  })

  it('asked for before the process was there comes as soon as it is', async () => {
    for (const how of ['politely', 'now'] as const) {
      const { worker, child, killed } = setUp()
      child.pid = undefined
      worker.kill(how)
      expect([how, child.kill.mock.calls.length, killed]).toEqual([how, 0, []])
      child.emit('spawn')
      expect(child.kill).toHaveBeenCalledOnce()
      child.emit('exit', 0)
      expect(await worker.exited).toEqual({ reason: 'was stopped' })
    }
  })

  it('of a process that never ran needs no exit', async () => {
    const { worker, gone } = setUp()
    gone(NAME, 'launch-failed', 2)
    expect(await worker.exited).toEqual({ reason: 'could not be started (system error 2)' })
  })

  it('of another process is not taken for this one’s', async () => {
    vi.useFakeTimers()
    const { worker, child, gone } = setUp()
    child.stderr.emit('data', Buffer.from('TypeError: x is not a function\n    at y\n'))
    gone('Lamina training worker 11', 'oom')
    gone('Network Service', 'crashed')
    child.emit('exit', 1)
    vi.runAllTimers()
    expect(await worker.exited).toEqual({ reason: 'ended with exit code 1 (TypeError: x is not a function)' })
    vi.useRealTimers()
  })

  it('is our own doing after kill, although the exit code is 0', async () => {
    const { worker, child, app } = setUp()
    worker.kill()
    expect(child.kill).toHaveBeenCalledOnce()
    child.emit('exit', 0)
    expect(await worker.exited).toEqual({ reason: 'was stopped' })
    expect(app.listenerCount('child-process-gone')).toBe(0)
  })

  it('is at once what was asked for when it hangs', () => {
    const { worker, child, killed } = setUp()
    worker.kill('now')
    expect(killed).toEqual([child.pid])
    expect(child.kill).not.toHaveBeenCalled()
  })

  it('stays what it was when somebody kills what has ended already', async () => {
    const { worker, child, gone } = setUp()
    worker.port.onClose(() => worker.kill())
    child.emit('exit', 139)
    gone(NAME, 'oom', 139)
    expect(await worker.exited).toEqual({ reason: 'ran out of memory' })
    expect(child.kill).not.toHaveBeenCalled()
  })

  it('without kill and with code 0 is its own decision', async () => {
    const { worker, child } = setUp()
    child.emit('exit', 0)
    expect(await worker.exited).toEqual({ reason: 'ended by itself' })
  })
})
