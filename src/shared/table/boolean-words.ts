/** Words for no and yes that belong together, in lower case; in a table they may be in any. */
export const booleanPairs: readonly (readonly [no: string, yes: string])[] = [
  ['0', '1'],
  ['false', 'true'],
  ['f', 't'],
  ['no', 'yes'],
  ['n', 'y'],
  ['off', 'on'],
  ['nein', 'ja'],
  ['falsch', 'wahr'],
  ['n', 'j'],
  ['non', 'oui'],
  ['faux', 'vrai'],
  ['falso', 'verdadero'],
  ['no', 'sí'],
  ['no', 'si']
]

const words = (index: 0 | 1): string[] => [...new Set(booleanPairs.map((pair) => pair[index]))]
/** All of them: a table to predict may use others than the one that was trained on. */
export const noWords: readonly string[] = words(0)
export const yesWords: readonly string[] = words(1)

/** The pair a set of different values uses, both words of it and no other; null when there is none. */
export function booleanPairOf(values: Iterable<string>): readonly [no: string, yes: string] | null {
  const found = new Set<string>()
  for (const value of values) {
    found.add(value.trim().toLowerCase())
    if (found.size > 2) return null
  }
  return booleanPairs.find(([no, yes]) => found.size === 2 && found.has(no) && found.has(yes)) ?? null
}
