/**
 * The columns selected after one was clicked.
 * @param names as they are listed
 * @param anchor the one clicked before, or null
 * @param range whether all from there to here become what the clicked one becomes
 */
export function afterClick(
  selected: ReadonlySet<string>,
  names: readonly string[],
  clicked: string,
  anchor: string | null,
  range: boolean
): ReadonlySet<string> {
  const select = !selected.has(clicked)
  const to = names.indexOf(clicked)
  const from = range && anchor !== null ? names.indexOf(anchor) : to
  const meant = from < 0 ? [clicked] : names.slice(Math.min(from, to), Math.max(from, to) + 1)
  const next = new Set(selected)
  for (const name of meant) {
    if (select) next.add(name)
    else next.delete(name)
  }
  return next
}
