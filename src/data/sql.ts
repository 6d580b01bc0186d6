/** Text as an SQL string literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A name as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A path that DuckDB takes for exactly this file instead of a pattern. */
export function exactPath(path: string): string {
  return literal(path.replace(/[[*?]/g, (character) => `[${character}]`))
}

/** A text without any of some characters, in SQL. */
export function without(text: string, characters: string): string {
  return characters === '' ? text : `translate(${text}, ${literal(characters)}, '')`
}
