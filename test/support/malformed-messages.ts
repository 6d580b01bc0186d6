import { contract } from '../../src/shared/contract'
import type { SeededRandom } from './seeded-random'

/** A request as a page would rightly make it. */
export interface ValidRequest {
  readonly name: string
  readonly params: unknown
}

export interface Malice {
  readonly random: SeededRandom
  /** What is made wrong. */
  readonly valid: readonly ValidRequest[]
  /** Texts put wherever a text is: paths nobody handed over, SQL. */
  readonly texts: readonly string[]
  /** The transport clones structures instead of writing JSON. */
  readonly clones: boolean
}

/** The next wrong message; now and then it is right by accident, or only in a bad moment. */
export function malformedMessage(malice: Malice): unknown {
  const { random, valid } = malice
  const { name, params } = random.pick(valid)
  const id = random.below(1_000_000)
  const message = { kind: 'request', id, name, params: structuredClone(params) }
  switch (random.below(12)) {
    case 0:
      return odd(malice)
    case 1:
      return { ...message, name: random.pick(unknownNames) }
    case 2:
      return { ...message, id: random.pick([-1, 1.5, 2 ** 53, '1', null, [], {}, id]) }
    case 3:
      return { ...message, kind: random.pick(['reply', 'event', 'wish', '__proto__', null, 1]) }
    case 4:
      return replayed(random, id)
    case 5:
      return { kind: 'cancel', id: random.pick([id, random.below(300), -1, 'all']) }
    case 6:
      return { ...message, params: odd(malice) }
    case 7:
      return { ...message, params: random.pick(valid).params }
    case 8:
      return without(message, random.pick(['kind', 'id', 'name', 'params']))
    default: {
      const times = 1 + random.below(3)
      for (let time = 0; time < times; time++) message.params = mutated(message.params, malice)
      return message
    }
  }
}

const unknownNames = [
  '',
  'toString',
  'constructor',
  '__proto__',
  'hasOwnProperty',
  'files.read',
  'files.readText',
  'training.start\0',
  'TRAINING.START',
  'x'.repeat(101),
  ...Object.keys(contract.events)
]

/** Answers that nobody asked for, and events that only a service sends. */
function replayed(random: SeededRandom, id: number): unknown {
  return random.pick<unknown>([
    { kind: 'reply', id, outcome: { ok: true, result: null } },
    { kind: 'reply', id, outcome: { ok: false, error: { code: 'internal', message: '', details: {} } } },
    { kind: 'event', name: 'menu.command', payload: { command: 'open' } },
    { kind: 'event', name: 'files.opened', payload: { purpose: 'dataset', file: { id: 'x', name: 'x', location: '' } } }
  ])
}

/** The value with one thing in it changed. */
function mutated(value: unknown, malice: Malice): unknown {
  const { random } = malice
  if (typeof value !== 'object' || value === null || random.chance(0.12)) return odd(malice)
  if (Array.isArray(value)) {
    // An array that claims thousands of millions of places is harm enough as it is.
    if (value.length > 100_000) return value
    const list: unknown[] = [...(value as unknown[])]
    const at = random.below(list.length + 1)
    const how = random.next()
    if (how < 0.05) return Array.from({ length: 5000 }, () => list[0])
    if (how < 0.25) list.splice(at, 1)
    else if (how < 0.45) list.splice(at, 0, odd(malice))
    else list[at] = mutated(list[at], malice)
    return list
  }
  const keys = Object.keys(value)
  const key = keys.length === 0 ? '' : random.pick(keys)
  if (key === '' || random.chance(0.2)) return withKey(value, random.pick(strangeKeys), odd(malice))
  if (random.chance(0.15)) return without(value, key)
  return withKey(value, key, mutated(Reflect.get(value, key), malice))
}

const strangeKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  'then',
  'length',
  '',
  'extra',
  '\u0000'
]

/** `__proto__` as a key of its own, as JSON can carry it. */
function withKey(value: object, key: string, inner: unknown): object {
  const entries = Object.entries(value).filter(([name]) => name !== key)
  const copy: object = {}
  for (const [name, each] of [...entries, [key, inner] as const]) {
    Object.defineProperty(copy, name, { value: each, enumerable: true, configurable: true, writable: true })
  }
  return copy
}

function without(value: object, key: string): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
}

function odd({ random, texts, clones }: Malice): unknown {
  if (random.chance(0.35)) return random.pick(texts)
  return random.pick(clones && random.chance(0.5) ? cloneOddities : jsonOddities)()
}

const jsonOddities: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 0.1,
  () => 1e308,
  () => -1e308,
  () => Number.MAX_SAFE_INTEGER,
  () => 2 ** 31,
  () => '',
  () => ' ',
  () => '\u0000',
  () => '\ud800',
  () => '%00',
  () => 'x'.repeat(10_000),
  () => '👩‍💻'.repeat(500),
  () => [],
  () => ({}),
  () => [[[[[[]]]]]],
  () => deep(40),
  () => deep(500),
  () => Array.from({ length: 2000 }, (_, index) => index),
  () => Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key${index}`, index])),
  () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as unknown,
  () => ({ toJSON: 'x', then: 'x', valueOf: 1, toString: 1 })
]

const cloneOddities: readonly (() => unknown)[] = [
  () => undefined,
  () => NaN,
  () => -0,
  () => Infinity,
  () => 10n ** 30n,
  () => new Date(NaN),
  () => /(a+)+$/g,
  () => new Map<unknown, unknown>([['params', new Map()]]),
  () => new Set([1, new Set()]),
  () => new Float32Array(1000),
  () => new BigUint64Array(3),
  () => new ArrayBuffer(16),
  () => new DataView(new ArrayBuffer(8)),
  () => new Error('oops', { cause: new TypeError() }),
  () => Object(1) as unknown,
  () => Object('text') as unknown,
  () => new Array<number>(4_294_967_295),
  () => {
    const holes = [1]
    holes[2] = 3
    return holes
  },
  () => {
    const loop: Record<string, unknown> = { name: 'loop' }
    loop['self'] = loop
    return loop
  },
  () => {
    let doubled: unknown = ['x']
    for (let times = 0; times < 30; times++) doubled = [doubled, doubled]
    return doubled
  }
]

function deep(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { inner: value }
  return value
}
