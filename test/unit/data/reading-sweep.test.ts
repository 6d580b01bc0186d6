import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SplitRandom } from '../../../src/data/prepare/random'
import { readPage } from '../../../src/data/reading/pages'
import { openSource } from '../../../src/data/reading/source'
import { Scratch } from '../../../src/data/scratch'
import { LaminaError } from '../../../src/shared/errors'
import { pollutedRows, pollutedWholes, type PollutedFile } from '../../support/pollution/kinds'
import { scoreOf } from '../../support/pollution/score'
import type { CleanTable } from '../../support/pollution/tables'
import { temporaryFolder } from '../../support/temporary-folder'
import { textTools } from './harness'

/** LAMINA_SWEEP=all reads every file rather than so many of each kind of single row, LAMINA_SWEEP_SEED others. */
const all = process.env['LAMINA_SWEEP'] === 'all'
const seed = Number(process.env['LAMINA_SWEEP_SEED'] ?? 1)
const OF_EACH_KIND = 16
/** How many of the worst files of a kind are named. */
const NAMED = 3

/** What each kind has to reach on average, of 10; a single damaged row of a table can rarely be told what it was. */
const least: Readonly<Record<string, number>> = {
  'a cell fewer': 9.6,
  'a cell more': 9.9,
  'a delimiter fewer': 9.6,
  'a delimiter more': 9.9,
  'a quote after a cell': 9.7,
  'a quote before a cell': 9.8,
  'a quote inside a cell': 9.7,
  'a row in single quotes': 9.4,
  'a row with ", "': 9.7,
  'a row with ;': 9.8,
  'a row with backslashes': 9.8,
  'a row with bars': 9.8,
  'a row with spaces': 9.6,
  'a row with tabs': 9.8,
  'another delimiter in one place': 9.8,
  'quotes not escaped': 9.8,
  'several headers': 9.9
}
const LEAST_OF_OTHERS = 10

const folder = temporaryFolder()
let scratch: Scratch
beforeAll(() => {
  scratch = new Scratch(folder)
})
afterAll(() => scratch.dispose())

/** The table as it was understood; nothing for an empty file, and null for one that is refused for another reason. */
async function read({ content }: PollutedFile): Promise<CleanTable | null> {
  const path = join(folder, 'polluted.csv')
  await writeFile(path, content)
  try {
    const source = await openSource(path, {}, scratch, () => undefined, textTools)
    const rows = await readPage(source, 0, source.scan.rows)
    if (source.file.temporary) await rm(source.file.path)
    return { header: source.givenNames, rows }
  } catch (error) {
    if (!(error instanceof LaminaError)) throw error
    return error.details['empty'] === true ? { header: null, rows: [] } : null
  }
}

interface Result {
  readonly kind: string
  readonly name: string
  readonly score: number
}

async function sweep(files: Iterable<PollutedFile>): Promise<Result[]> {
  const results: Result[] = []
  for (const file of files) {
    results.push({ kind: file.kind, name: file.name, score: scoreOf(file.expected, await read(file)) })
  }
  return results
}

function byKind<T extends { readonly kind: string }>(items: Iterable<T>): Map<string, T[]> {
  const kinds = new Map<string, T[]>()
  for (const item of items) {
    const others = kinds.get(item.kind)
    if (others === undefined) kinds.set(item.kind, [item])
    else others.push(item)
  }
  return kinds
}

const mean = (results: readonly Result[]): number => results.reduce((sum, { score }) => sum + score, 0) / results.length

/** Prints the score of each kind, the worst first, and what it is worst at. */
function report(what: string, kinds: ReadonlyMap<string, readonly Result[]>): void {
  const everything = [...kinds.values()].flat()
  const lines = [...kinds]
    .sort(([, a], [, b]) => mean(a) - mean(b))
    .map(([kind, results]) => {
      const worst = [...results].sort((a, b) => a.score - b.score).filter(({ score }) => score < 9.9)
      const names = worst.slice(0, NAMED).map(({ name, score }) => `\n         ${score.toFixed(2)} ${name}`)
      return `  ${mean(results).toFixed(3)} ${kind}, ${results.length} files${names.join('')}`
    })
  console.info(`${what}: ${mean(everything).toFixed(3)} of 10 over ${everything.length} files\n${lines.join('\n')}`)
}

/** Some files of every kind, or all. */
function chosen(files: Iterable<PollutedFile>): PollutedFile[] {
  const random = new SplitRandom(seed)
  return [...byKind(files).values()].flatMap((ofKind) => {
    if (all) return ofKind
    const order = ofKind.map((file) => ({ file, place: random.next() })).sort((a, b) => a.place - b.place)
    return order.slice(0, OF_EACH_KIND).map(({ file }) => file)
  })
}

describe.each([
  ['whole files', () => pollutedWholes()],
  ['single rows', () => chosen(pollutedRows())]
])('polluted %s', (what, files) => {
  test('are read as the tables they were', { timeout: 3_600_000 }, async () => {
    const kinds = byKind(await sweep(files()))
    report(`reading-sweep, ${what}`, kinds)
    const tooLow = [...kinds].flatMap(([kind, results]) => {
      const [found, wanted] = [mean(results), least[kind] ?? LEAST_OF_OTHERS]
      return found < wanted - 1e-9 ? [`${kind}: ${found.toFixed(3)}, at least ${wanted} wanted`] : []
    })
    expect(tooLow).toEqual([])
  })
})
