import { alignedTable, count, measure } from '../../src/cli/text'
import type { CheckpointsResult } from './checkpoints'
import type { Entry } from './compare'
import type { Machine } from './machine'
import type { ProductsResult } from './products'
import type { InferenceResult, ScalingResult, TrainingResult } from './sections'
import type { Spread } from './statistics'
import type { LargeTableFigures, TableFigures } from './table-figures'
import type { EditingFigures, WindowFigures } from './window-figures'

/** Everything `npm run bench` can measure; null or absent what was not. */
export interface Report {
  readonly machine: Machine
  /** For people: what was not measured, and why. */
  readonly missing: readonly string[]
  readonly rounds: number
  readonly training?: readonly TrainingResult[]
  readonly inference?: readonly InferenceResult[]
  readonly products?: ProductsResult | null
  readonly scaling?: readonly ScalingResult[]
  readonly window?: WindowFigures | null
  readonly editing?: EditingFigures | null
  readonly checkpoints?: readonly CheckpointsResult[]
  readonly tables?: { readonly million: TableFigures; readonly large: LargeTableFigures }
}

type Column = readonly [head: string, alignment: 'left' | 'right']

/** The report as tables for people. */
export function reportText(report: Report): string {
  const { machine, missing, rounds, training, inference, products, scaling, window, editing, tables, checkpoints } =
    report
  const sections = [
    machineText(machine),
    ...missing.map((reason) => `${reason}\n`),
    `Medians of ${rounds} rounds, in brackets from the lower to the upper quartile; ratios are medians of each round's ratio.\n`,
    training && trainingText(training),
    inference && inferenceText(inference),
    products && productsText(products),
    scaling && scalingText(scaling),
    window && windowText(window),
    editing && editingText(editing),
    checkpoints && checkpointsText(checkpoints),
    tables && tablesText(tables)
  ]
  return sections.filter((text) => typeof text === 'string').join('\n')
}

function machineText({ processor, cores, memoryBytes, platform, node, lamina, engine, libraries }: Machine): string {
  return [
    `${processor}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(1)} GiB, ${platform}, Node ${node}`,
    `Lamina ${lamina}: ${engine}`,
    ...libraries.map(
      ({ library, version, python, executable, blas }) =>
        `${library} ${version} (Python ${python} at ${executable}${blas === null ? '' : `, ${blas}`})`
    )
  ]
    .map((line) => `${line}\n`)
    .join('')
}

function trainingText(results: readonly TrainingResult[]): string {
  const rows = results.flatMap(({ case: name, sizes, batchSize, optimizer, goal, entries }) =>
    entries.map((entry, index) => [
      ...(index === 0 ? [name, sizes.join('–'), String(batchSize), optimizer] : ['', '', '', '']),
      ...entryCells(entry),
      entry.name === 'PyTorch' ? `≥ ${goal}` : ''
    ])
  )
  return (
    'Training, µs a step. Lamina also computes the accuracy and, for each layer, ‖∂L/∂W‖ and ‖ΔW‖/‖W‖ in every step;\nthe others do not.\n' +
    table(
      [
        ['Case', 'left'],
        ['Network', 'left'],
        ['Batch', 'right'],
        ['Optimizer', 'left'],
        ...entryColumns('µs/step'),
        ['Goal', 'right']
      ],
      rows
    )
  )
}

function checkpointsText(results: readonly CheckpointsResult[]): string {
  const rows = results.map(({ case: name, bytes, milliseconds, slowdown, share, ratio, written, seconds }) => [
    name,
    (bytes / 1e6).toFixed(2),
    measure(milliseconds),
    `${slowdown.toFixed(2)} ×`,
    `${(100 * share).toFixed(2)} %`,
    ratio.toFixed(3),
    `${written} in ${count(Math.round(seconds))} s`
  ])
  return (
    'Checkpoints while Adam trains: how long one takes, how much slower training is while they follow each other without\na pause, and what share of the time that makes with as many as the training worker writes. Last, the speed with those\nover the speed without any, side by side.\n' +
    table(
      [
        ['Case', 'left'],
        ['MB', 'right'],
        ['ms', 'right'],
        ['Slowdown', 'right'],
        ['Share of the time', 'right'],
        ['With / without', 'right'],
        ['Written', 'right']
      ],
      rows
    )
  )
}

function inferenceText(results: readonly InferenceResult[]): string {
  const rows = results.flatMap(({ case: name, samples, entries }) =>
    entries.map((entry, index) => [
      ...(index === 0 ? [name, count(samples)] : ['', '']),
      ...entryCells(entry),
      measure(samples / entry.microseconds.median)
    ])
  )
  return (
    'Predicting all samples in one call, µs a call.\n' +
    table([['Case', 'left'], ['Samples', 'right'], ...entryColumns('µs/call'), ['Million samples/s', 'right']], rows)
  )
}

function productsText({ instructionSet, openblas, products, cases: wholes }: ProductsResult): string {
  const rows = products.map(({ kind, samples, inputs, units, cases, engine, openblas: theirs, ratio }) => [
    cases.join(' '),
    kind,
    `${samples} × ${inputs} × ${units}`,
    ...rateCells(engine, theirs, ratio)
  ])
  const totals = wholes.map(({ case: name, engine, openblas: theirs, ratio }) => [
    name,
    'all of a step',
    '',
    ...rateCells(engine, theirs, ratio)
  ])
  return (
    `Matrix products on one thread, GFLOP/s of processor time, packing included: ${instructionSet} kernels against ${openblas ?? 'nothing, as OpenBLAS is not installed (Debian: apt install libopenblas0)'}.\n` +
    table(
      [
        ['Case', 'left'],
        ['Product', 'left'],
        ['Batch × inputs × units', 'right'],
        ['Lamina', 'right'],
        ['OpenBLAS', 'right'],
        ['Lamina/OpenBLAS', 'right']
      ],
      [...rows, ...totals]
    )
  )
}

function rateCells(engine: Spread, openblas: Spread | null, ratio: Spread | null): string[] {
  return [withSpread(engine), openblas === null ? '–' : withSpread(openblas), ratio === null ? '–' : percentOf(ratio)]
}

function scalingText(results: readonly ScalingResult[]): string {
  const rows = results.flatMap(({ case: name, optimizer, entries }) =>
    entries.map((entry, index) => [...(index === 0 ? [name, optimizer] : ['', '']), ...entryCells(entry)])
  )
  return (
    'Two threads against one, µs a step.\n' +
    table([['Case', 'left'], ['Optimizer', 'left'], ...entryColumns('µs/step', 'Speed-up')], rows)
  )
}

function editingText({ blocks, opening, selectAll, nudge, parameter, undo }: EditingFigures): string {
  const rows = Object.entries({
    'Opening it': opening,
    'Selecting all, or nothing': selectAll,
    'Moving all': nudge,
    'Changing a number': parameter,
    'Undoing a move of all': undo
  }).map(([what, milliseconds]) => [what, milliseconds === 0 ? '≤ 50 ms' : `${milliseconds.toFixed(0)} ms`])
  return `The window's longest task while a network of ${blocks} blocks is edited and backed up; the worst of ten.\n${alignedTable(rows, ['left', 'right'])}`
}

function windowText(window: WindowFigures): string {
  const { pageReady, commandLine, window: watched, ratio, chartFrames, longTasks } = window
  const rows = [
    ['Page ready', `${withSpread(pageReady)} ms`],
    ['Command line, 4-16-16-3', `${count(commandLine.median)} steps/s`],
    ['With the window attached', `${count(watched.median)} steps/s, ${percentOf(ratio)} of the command line`],
    [
      'Chart frames a second',
      Object.entries(chartFrames)
        .map(([name, rate]) => `${name} ${rate.toFixed(1)}`)
        .join(', ')
    ],
    [
      'Main-thread tasks > 50 ms',
      longTasks.length === 0 ? 'none' : longTasks.map((ms) => `${ms.toFixed(0)} ms`).join(', ')
    ]
  ]
  return `The window, while it watches a fast run; ${watched.rounds.length} rounds.\n${alignedTable(rows, ['left', 'left'])}`
}

function tablesText({ million, large }: NonNullable<Report['tables']>): string {
  const { milliseconds, rows, columns, bytes, ratio, textRatio, peakMemory } = million
  const megabytes = (size: number | null): string => (size === null ? 'unknown' : `${Math.round(size / 1e6)} MB`)
  const times = [
    ['Lamina: open, detect, load, profile', withSpread(milliseconds.inspect)],
    ['Lamina: prepare', withSpread(milliseconds.prepare)],
    ['Lamina: all of it', withSpread(milliseconds.together)],
    ['Lamina: prepared again, from the cache', withSpread(milliseconds.reopened)],
    ['PapaParse: parse, header and types', `${withSpread(milliseconds.papaParse)}, ${withSpread(ratio)} × Lamina's`],
    ['PapaParse: parse, header', `${withSpread(milliseconds.papaParseText)}, ${withSpread(textRatio)} × Lamina's`]
  ]
  const { limit, seconds, updatesPerSecond } = large
  return [
    `A table of ${count(rows)} rows and ${columns} columns, ${megabytes(bytes)}, ms; ${milliseconds.together.rounds.length} rounds. The data process took at most ${megabytes(peakMemory)}.`,
    alignedTable(times, ['left', 'left']).trimEnd(),
    `${megabytes(large.bytes)} under a limit of ${megabytes(limit)}: profiled in ${seconds.toFixed(1)} s, ${updatesPerSecond.toFixed(1)} progress updates a second, at most ${megabytes(large.peakMemory)}.`,
    ''
  ].join('\n')
}

function entryColumns(unit: string, ratio = 'Lamina is × faster'): Column[] {
  return [
    ['Library', 'left'],
    ['Threads', 'right'],
    [unit, 'right'],
    [ratio, 'right']
  ]
}

function entryCells({ name, threads, microseconds, ratio }: Entry): string[] {
  return [name, String(threads), withSpread(microseconds), ratio === null ? '' : withSpread(ratio)]
}

function withSpread({ median, lowerQuartile, upperQuartile }: Spread): string {
  return `${rounded(median)} [${rounded(lowerQuartile)}–${rounded(upperQuartile)}]`
}

function percentOf({ median, lowerQuartile, upperQuartile }: Spread): string {
  const percent = (share: number): string => (100 * share).toFixed(0)
  return `${percent(median)} % [${percent(lowerQuartile)}–${percent(upperQuartile)}]`
}

/** Three significant digits: more are noise. */
function rounded(value: number): string {
  const short = Number(value.toPrecision(3))
  return short >= 10_000 ? count(short) : String(short)
}

function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  return alignedTable(
    [columns.map(([head]) => head), ...rows],
    columns.map(([, alignment]) => alignment)
  )
}
