/**
 * A parser of RFC 4180 that shares nothing with what it checks: records end with a return and a line feed, cells may be
 * in double quotes, and a quote inside them is doubled.
 * @throws Error for anything else
 */
export function parseRfc4180(text: string): string[][] {
  const records: string[][] = []
  let at = 0
  while (at < text.length) {
    const record: string[] = []
    for (;;) {
      const cell = text[at] === '"' ? /"((?:[^"]|"")*)"/y : /([^",\r\n]*)/y
      cell.lastIndex = at
      const found = cell.exec(text)
      if (found === null) throw new Error(`RFC 4180 has no cell like ${JSON.stringify(text.slice(at, at + 40))}.`)
      record.push((found[1] ?? '').replaceAll('""', '"'))
      at = cell.lastIndex
      if (text[at] !== ',') break
      at += 1
    }
    if (!text.startsWith('\r\n', at)) throw new Error(`A record ends with ${JSON.stringify(text.slice(at, at + 40))}.`)
    at += 2
    records.push(record)
  }
  return records
}
