import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { cellKinds, type CellKind } from '../../../src/data/reading/cell-kinds'
import { TableScanner } from '../../../src/data/reading/scan'
import { buildScanTable } from '../../../src/data/reading/scan-table'
import { temporaryFolder } from '../../support/temporary-folder'

const script = fileURLToPath(new URL('../../../scripts/test-native.mjs', import.meta.url))
const CANNOT = 3
/** Compiling takes a slow machine a while; after that the program is kept. */
const PATIENCE_MS = 300_000
const folder = temporaryFolder()

const cells = ['1', '-2.5', '12345678.87654321', '0', '007', '1e400', '-', 'NA', '', ' 7 ', '"8,5"', '"a ""b"""', 'text', '"two\nlines"', 'ä', '99999999999999999999'] // prettier-ignore
const rows = (ends: readonly string[], count: (row: number) => number): string =>
  Array.from({ length: 60 }, (_, row) => {
    const found = Array.from({ length: count(row) }, (_cell, column) => cells[(row * 5 + column * 3) % cells.length])
    return found.join(',') + (ends[row % ends.length] ?? '')
  }).join('')

test.for([
  ['rows that fit', rows(['\n'], () => 3)],
  ['numbers alone', Array.from({ length: 500 }, (_, row) => `${row},${row * 1.0625},-${row}.5\n`).join('')],
  ['line ends of all kinds, blank lines', rows(['\n', '\r\n', '\r', '\n \n', '\r\n\r\n'], () => 3)],
  ['rows that do not fit', rows(['\n', '\r\n'], (row) => 1 + (row % 5))],
  ['quotes that are not closed', `${rows(['\n'], () => 3)}1,"open,2\n3,4,5\n1,"a"b,2`],
  ['nothing but a line end', '\n']
] as const)(
  'the native scan of %s finds the same, while memory and undefined behaviour are watched',
  { timeout: PATIENCE_MS },
  ([name, text], context) => {
    const dialect = { delimiter: ',', quote: '"', header: false } as const
    const { classes, next, kinds, start, lead, text: plain, quoted, closed, events } = buildScanTable(dialect)
    const kind = (of: CellKind): number => cellKinds.indexOf(of)
    const [columns, number, texts] = [3, 1, 2]
    const settings = [
      ...[start, lead, plain, quoted, closed, events, 0x2c, 0x22],
      ...[kind('plainNumber'), kind('pointNumber'), kind('pointGroup'), 0x2e, 0, columns, number, texts, number],
      ...[...classes, ...next, ...kinds]
    ]
    const paths = [join(folder, 'settings'), join(folder, `${name}.csv`)] as const
    writeFileSync(paths[0], settings.join(' '))
    writeFileSync(paths[1], text)
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, 'tables', ...paths], { encoding: 'utf8' })
    if (status === CANNOT) context.skip(stderr.trim())
    expect(status, stderr).toBe(0)
    const scanner = new TableScanner(dialect, columns, { byte: 0, line: 1 })
    scanner.push(Buffer.from(text))
    const scan = scanner.end()
    const { rows: found, malformedCount, blankLines, longestRow } = scan
    const ofColumns = scan.columns.map((column) => `${column.kinds}:${column.missing}`)
    expect(stdout.trim().split('\n').at(-1)).toBe([found, malformedCount, blankLines, longestRow, ...ofColumns].join(' ')) // prettier-ignore
  }
)
