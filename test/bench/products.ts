import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { BenchmarkCase } from '../../src/engine/benchmark'
import { openBlasEnvironment } from './openblas-core'
import type { Plan } from './sections'
import { ratioOf, spreadOf, type Spread } from './statistics'

const kinds = ['forward', 'weightGradient', 'inputGradient'] as const

export interface Product {
  readonly kind: (typeof kinds)[number]
  /** b */
  readonly samples: number
  /** n[l−1] */
  readonly inputs: number
  /** n[l] */
  readonly units: number
}

export interface ProductResult extends Product {
  /** Cases that compute it. */
  readonly cases: readonly BenchmarkCase['name'][]
  /** GFLOP/s on one thread. */
  readonly engine: Spread
  readonly openblas: Spread | null
  /** engine / openblas */
  readonly ratio: Spread | null
  /** Largest difference of the two results, relative to the largest element. */
  readonly difference: number | null
}

/** All products of a training step of one case, one after the other. */
export interface CaseProducts {
  readonly case: BenchmarkCase['name']
  /** GFLOP/s on one thread. */
  readonly engine: Spread
  readonly openblas: Spread | null
  readonly ratio: Spread | null
}

export interface ProductsResult {
  readonly instructionSet: string
  /** As OpenBLAS describes itself; null where it is not installed. */
  readonly openblas: string | null
  readonly products: readonly ProductResult[]
  readonly cases: readonly CaseProducts[]
}

const greetingSchema = z.strictObject({ instructionSet: z.string(), openblas: z.string().nullable() })
const rates = z.array(z.number().positive()).min(1)
/** A line of native/products.cpp. */
const lineSchema = z.strictObject({
  kind: z.enum(kinds),
  samples: z.number().int(),
  inputs: z.number().int(),
  units: z.number().int(),
  engine: rates,
  openblas: rates.nullable(),
  difference: z.number().nonnegative().nullable()
})

const MILLISECONDS = 30
/** Sums of thousands of float32 products, in two orders. */
const TOLERANCE = 1e-4
const CANNOT = 3

/** The products of a training step of each case; what several cases share is listed once. */
export function productsOf(cases: readonly BenchmarkCase[]): (Product & { cases: BenchmarkCase['name'][] })[] {
  const products = new Map<string, Product & { cases: BenchmarkCase['name'][] }>()
  for (const { name, sizes, batchSize } of cases) {
    for (let layer = 1; layer < sizes.length; layer++) {
      for (const kind of kinds) {
        // Nothing is handed back to the input.
        if (kind === 'inputGradient' && layer === 1) continue
        const product = { kind, samples: batchSize, inputs: sizes[layer - 1] ?? 0, units: sizes[layer] ?? 0 }
        const key = argumentOf(product)
        const known = products.get(key)
        if (known === undefined) products.set(key, { ...product, cases: [name] })
        else if (!known.cases.includes(name)) known.cases.push(name)
      }
    }
  }
  return [...products.values()]
}

/**
 * The engine's kernels against OpenBLAS in one process, one after the other in every round.
 * @returns null, with the reason on stderr, where the program that measures cannot be built
 * @throws Error when it fails, or the two do not agree on a product
 */
export async function measureProducts(plan: Plan): Promise<ProductsResult | null> {
  const program = buildProgram()
  if (program === null) return null
  const products = productsOf(plan.cases)
  const [about] = await output(program, ['1', '1'], {})
  const environment = openBlasEnvironment(greetingSchema.parse(about).openblas)
  plan.progress(`Multiplying matrices of ${products.length} shapes`)
  const [greeting, ...lines] = await output(
    program,
    [String(plan.rounds), String(MILLISECONDS), ...products.map(argumentOf)],
    environment
  )
  const results = lines.map((line, index) => productResult(line, products[index]?.cases ?? []))
  return {
    ...greetingSchema.parse(greeting),
    products: results,
    cases: plan.cases.map(({ name }) => caseProducts(name, results))
  }
}

/** What a case's products come to together: their operations over the time they take one after the other. */
export function caseProducts(name: BenchmarkCase['name'], products: readonly ProductResult[]): CaseProducts {
  const own = products.filter(({ cases }) => cases.includes(name))
  const together = (ratesOf: (product: ProductResult) => Spread | null): number[] | null => {
    const spreads = own.map(ratesOf)
    const rounds = spreads[0]?.rounds.length ?? 0
    const operations = own.map(({ samples, inputs, units }) => samples * inputs * units)
    return spreads.includes(null)
      ? null
      : Array.from({ length: rounds }, (_, round) => {
          const time = sum(operations.map((count, index) => count / (spreads[index]?.rounds[round] ?? Number.NaN)))
          return sum(operations) / time
        })
  }
  const engine = together((product) => product.engine) ?? []
  const openblas = together((product) => product.openblas)
  return {
    case: name,
    engine: spreadOf(engine),
    openblas: openblas === null ? null : spreadOf(openblas),
    ratio: openblas === null ? null : ratioOf(engine, openblas)
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** @throws Error when the two do not agree */
export function productResult(line: unknown, cases: readonly BenchmarkCase['name'][]): ProductResult {
  const { engine, openblas, difference, ...product } = lineSchema.parse(line)
  if (difference !== null && difference > TOLERANCE) {
    throw new Error(
      `The engine and OpenBLAS disagree on ${argumentOf(product)}: their results differ by ${difference} of the ` +
        `largest element, expected at most ${TOLERANCE}.`
    )
  }
  return {
    ...product,
    cases,
    engine: spreadOf(engine),
    openblas: openblas === null ? null : spreadOf(openblas),
    ratio: openblas === null ? null : ratioOf(engine, openblas),
    difference
  }
}

function argumentOf({ kind, samples, inputs, units }: Product): string {
  return [kind, samples, inputs, units].join(':')
}

function buildProgram(): string | null {
  const script = fileURLToPath(new URL('../../scripts/build-products.mjs', import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit']
  })
  if (status === CANNOT) return null
  if (status !== 0) throw new Error('The program that measures matrix products could not be built.')
  return stdout.trim()
}

/** @returns every line of JSON the program prints */
async function output(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>
): Promise<unknown[]> {
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = once(child, 'close')
  const lines: unknown[] = []
  for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line))
  const [code, signal] = await ended
  if (code !== 0) throw new Error(`Measuring matrix products failed: ${signal ?? `exit code ${code}`}.`)
  return lines
}
