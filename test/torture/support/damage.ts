import type { SeededRandom } from '../../support/seeded-random'

/** What a disk, a network or an editor does to a file: bits flipped, a piece cut, doubled, zeroed, or moved. */
export function damagedBytes(sound: Buffer, random: SeededRandom): Buffer {
  const at = random.below(sound.length)
  const length = 1 + random.below(Math.min(200, sound.length - at))
  const bytes = Buffer.from(sound)
  switch (random.below(7)) {
    case 0:
      for (let flips = 1 + random.below(8); flips > 0; flips--) {
        const place = random.below(bytes.length)
        bytes[place] = (bytes[place] ?? 0) ^ (1 << random.below(8))
      }
      return bytes
    case 1:
      return bytes.subarray(0, at)
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    case 3:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
    case 4:
      return bytes.fill(0, at, at + length)
    case 5: {
      const noise = Buffer.from(Array.from({ length }, () => random.below(256)))
      return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)])
    }
    default:
      return Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)])
  }
}

const nasty: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  '',
  'x',
  '__proto__',
  'x'.repeat(10_000),
  '\u0000\ud800',
  [],
  {},
  [[[[[[[[]]]]]]]],
  { __proto__: null, constructor: 1 }
]

/** The same document with one to three of its values gone, replaced, doubled or under another name; it may be changed. */
export function damagedJson(document: unknown, random: SeededRandom): unknown {
  let damaged = document
  for (let harms = 1 + random.below(3); harms > 0; harms--) damaged = harm(damaged, random)
  return damaged
}

function harm(document: unknown, random: SeededRandom): unknown {
  let holder: unknown = document
  for (;;) {
    if (typeof holder !== 'object' || holder === null) return document
    const keys = Object.keys(holder)
    if (keys.length === 0) return document
    const key = random.pick(keys)
    const inner: unknown = Reflect.get(holder, key)
    if (typeof inner === 'object' && inner !== null && random.chance(0.85)) {
      holder = inner
      continue
    }
    const choice = random.below(4)
    if (choice === 0 && Array.isArray(holder)) holder.splice(Number(key), 1)
    else if (choice === 0) Reflect.deleteProperty(holder, key)
    else if (choice === 1 && Array.isArray(holder)) holder.push(inner)
    else if (choice === 1) Reflect.set(holder, `${key}2`, inner)
    else Reflect.set(holder, key, structuredClone(random.pick(nasty)))
    return document
  }
}
