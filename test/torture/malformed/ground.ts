import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resources } from '../../support/test-service'

/** Stands in every file that nobody handed over. */
export const CANARY = 'canary-in-the-coal-mine'

/** A look at this path, where nothing is, marks in a trace where the attack begins. */
export function attackMarker(root: string): string {
  return join(root, 'the-attack-begins')
}

export interface Ground {
  /** The folder of the files the person handed over. */
  readonly handedOver: string
  readonly design: string
  readonly table: string
  /** Where the weights go that are handed over then. */
  readonly weights: string
  /** Files nobody handed over: nothing may open them. */
  readonly forbidden: readonly string[]
  /** What a hostile page would write where a text is expected. */
  readonly texts: readonly string[]
}

/** Lay out files to hand over and files to keep one's hands off. */
export function layOut(root: string): Ground {
  const handedOver = join(root, 'handed-over')
  const outside = join(root, 'outside')
  for (const folder of [handedOver, outside]) mkdirSync(folder, { recursive: true })
  const own = (name: string): string => {
    copyFileSync(join(resources, 'examples', name), join(handedOver, name))
    return join(handedOver, name)
  }
  const [design, table] = [own('iris.lamina'), own('iris.csv')]
  const forbidden = ['secret.csv', 'secret.lamina', 'secret.weights.json'].map((name) => join(outside, name))
  forbidden.push(join(handedOver, 'beside.csv'))
  for (const path of forbidden) writeFileSync(path, `${CANARY},b\n1,2\n`)
  return {
    handedOver,
    design,
    table,
    weights: join(handedOver, 'iris.weights.json'),
    forbidden,
    texts: textsNaming(forbidden)
  }
}

function textsNaming(forbidden: readonly string[]): string[] {
  const ways = forbidden.flatMap((path) => [
    path,
    `file://${path}`,
    `'); COPY (SELECT 1) TO '${path}'; --`,
    `' UNION ALL SELECT * FROM read_csv('${path}') --`,
    `" FROM read_text('${path}') --`,
    `%2e%2e/${encodeURIComponent(path)}`,
    `${path}\u0000.csv`
  ])
  return [
    ...ways,
    '../outside/secret.csv',
    'beside.csv',
    './beside.csv',
    '..\\outside\\secret.csv',
    '/etc/passwd',
    '/proc/self/environ',
    '/dev/zero',
    '\\\\server\\share\\x.csv',
    'C:\\Windows\\win.ini',
    'https://example.org/x.csv',
    's3://bucket/x.parquet',
    '__proto__',
    'constructor',
    '$(touch x)',
    '*'
  ]
}
