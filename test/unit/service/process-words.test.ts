import { describe, expect, it } from 'vitest'
import { exitReason, workerEnvironment } from '../../../src/service/workers/process-words'

const stack = `node:internal/errors:540
      throw error;
      ^

TypeError: rows is not iterable
    at Object.<anonymous> (/app/data-worker.js:3:7)

Node.js v20.20.2
`

describe('the end of a process in words', () => {
  it.each([
    [null, 'SIGSEGV', '', 'crashed (segmentation fault)'],
    [null, 'SIGKILL', '', 'was killed (SIGKILL), by another program or because the computer ran out of memory'],
    [null, 'SIGUSR2', '', 'was ended by the signal SIGUSR2'],
    [
      null,
      'SIGABRT',
      'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n',
      'ran out of memory'
    ],
    [0, null, '', 'ended by itself'],
    [1, null, stack, 'ended with exit code 1 (TypeError: rows is not iterable)'],
    [7, null, '', 'ended with exit code 7'],
    [null, 'SIGTRAP', '# Fatal process out of memory: Zone\n', 'ran out of memory']
  ])('code %s, signal %s', (code, signal, stderr, words) => {
    expect(exitReason(code, signal, stderr)).toBe(words)
  })

  it('is memory, not somebody, when the system says that it killed for memory', () => {
    expect(exitReason(null, 'SIGKILL', '', true)).toBe('was ended by the system because the computer ran out of memory')
  })
})

describe('the environment of a worker', () => {
  it('holds what it needs and nothing else', () => {
    const kept = workerEnvironment({
      PATH: '/bin',
      HOME: '/home/a',
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'C',
      LAMINA_ENGINE: 'reference',
      NODE_OPTIONS: '--inspect',
      AWS_SECRET_ACCESS_KEY: 'x',
      ELECTRON_RUN_AS_NODE: '1',
      LD_PRELOAD: '/evil.so'
    })
    expect(kept).toEqual({
      PATH: '/bin',
      HOME: '/home/a',
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'C',
      LAMINA_ENGINE: 'reference'
    })
  })
})
