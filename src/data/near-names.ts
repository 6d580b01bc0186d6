const SHOWN = 3
const LISTED = 10

/** ` Did you mean "a" or "b"?`, or the columns there are when none is alike. */
export function suggestNames(wanted: string, names: readonly string[]): string {
  const limit = Math.max(2, Math.floor(wanted.length / 3))
  const near = names
    .map((name) => ({ name, distance: likeness(wanted, name) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, SHOWN)
    .map(({ name }) => `"${name}"`)
  if (near.length > 0) return ` Did you mean ${near.join(' or ')}?`
  const listed = names.slice(0, LISTED).map((name) => `"${name}"`)
  return ` There ${names.length === 1 ? 'is' : 'are'} ${listed.join(', ')}${names.length > LISTED ? ` and ${names.length - LISTED} more` : ''}.`
}

/** How far two names are apart; case, spaces and underscores count little. */
function likeness(a: string, b: string): number {
  const plain = (name: string): string => name.toLowerCase().replace(/[\s_.-]+/g, '')
  const [plainA, plainB] = [plain(a), plain(b)]
  if (plainA === plainB) return 0
  if (plainA.length >= 3 && plainB.includes(plainA)) return 1
  return editDistance(plainA, plainB)
}

/** Levenshtein's distance: insertions, deletions and replacements. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
