/** The words for a missing value, in lower case; a scan knows the same (`cell-kinds.ts`). */
export const usualMissingWords = ['', 'na', 'n/a', '#n/a', 'nan', 'null', '\\n', '?', '-', '--', '.', '..'] as const

const usual: ReadonlySet<string> = new Set(usualMissingWords)

/** Whether a cell stands for a missing value. @param words what does besides the usual ones, in any letters */
export function isMissingWord(cell: string, words: readonly string[] = []): boolean {
  const text = cell.trim().toLowerCase()
  return usual.has(text) || words.some((word) => word.toLowerCase() === text)
}
