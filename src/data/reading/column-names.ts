/**
 * The names of columns: as in the header, trimmed; `column_3` where there is none; `name_2` for the second of a name.
 * @param header null when the file has none
 */
export function columnNames(header: readonly string[] | null, columns: number): { names: string[]; notes: string[] } {
  const notes: string[] = []
  const given = Array.from({ length: columns }, (_, index) => (header?.[index] ?? '').trim())
  const taken = new Set(given)
  const used = new Set<string>()
  const names = given.map((name, index) => {
    if (name !== '' && !used.has(name)) {
      used.add(name)
      return name
    }
    const unique = uniqueName(name === '' ? `column_${index + 1}` : name, name !== '', taken)
    taken.add(unique)
    used.add(unique)
    if (header !== null) {
      const why =
        name === '' ? `has no name and is called "${unique}"` : `repeats the name "${name}" and is called "${unique}"`
      notes.push(`Column ${index + 1} ${why}.`)
    }
    return unique
  })
  return { names, notes: shortened(notes) }
}

function uniqueName(base: string, numbered: boolean, taken: ReadonlySet<string>): string {
  if (!numbered && !taken.has(base)) return base
  for (let number = 2; ; number++) {
    const name = `${base}_${number}`
    if (!taken.has(name)) return name
  }
}

const SHOWN_NOTES = 10
function shortened(notes: string[]): string[] {
  if (notes.length <= SHOWN_NOTES) return notes
  return [...notes.slice(0, SHOWN_NOTES), `${notes.length - SHOWN_NOTES} more columns were named like this.`]
}
