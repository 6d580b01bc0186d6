import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NetworkPlan } from '../../src/shared/network/plan'
import type { PreparedManifest } from '../../src/shared/prepared'
import type { TargetEncoding } from '../../src/shared/weights/schema'
import type { Samples } from '../../src/engine/engine'

export interface PreparedParts {
  readonly plan: NetworkPlan
  readonly train: Samples
  readonly validation?: Samples
  readonly test?: Samples
  /** Units of the target per unit of output, for regression. */
  readonly targetScale?: number
  readonly scaling?: 'standard' | 'none'
}

/** Prepared datasets on disk, in a folder of their own. */
export class PreparedFolder {
  private constructor(readonly path: string) {}

  static async create(): Promise<PreparedFolder> {
    return new PreparedFolder(await mkdtemp(join(tmpdir(), 'lamina-prepared-')))
  }
  async remove(): Promise<void> {
    await rm(this.path, { recursive: true })
  }

  /** Writes a dataset and gives the path of its manifest; `changes` spoil the manifest. */
  async write(parts: PreparedParts, changes: Partial<Record<keyof PreparedManifest, unknown>> = {}): Promise<string> {
    const folder = await mkdtemp(join(this.path, 'set-'))
    const splits = [parts.train, parts.validation, parts.test]
    const join32 = (key: 'features' | 'targets'): Float32Array =>
      Float32Array.from(splits.flatMap((split) => Array.from(split?.[key] ?? [])))
    await writeFile(join(folder, 'features.f32'), new Uint8Array(join32('features').buffer))
    await writeFile(join(folder, 'targets.f32'), new Uint8Array(join32('targets').buffer))
    const path = join(folder, 'manifest.json')
    await writeFile(path, JSON.stringify({ ...manifestOf(parts), ...changes }))
    return path
  }
}

export function manifestOf({
  plan,
  train,
  validation,
  test,
  targetScale,
  scaling = 'standard'
}: PreparedParts): PreparedManifest {
  const [inputs, outputs] = [plan.inputs, plan.outputs]
  const rows = { train: train.count, validation: validation?.count ?? 0, test: test?.count ?? 0 }
  const regression = targetScale !== undefined
  const classes = Array.from({ length: Math.max(2, outputs) }, (_, k) => `class ${k}`)
  const encoding = outputs === 1 ? 'binary' : 'oneHot'
  const target: TargetEncoding = regression
    ? { column: 'y', kind: 'numeric', mean: 0, scale: targetScale }
    : { column: 'y', kind: 'categorical', encoding, classes }
  return {
    format: 'lamina-prepared',
    version: 1,
    id: 'a1',
    dataset: { name: 'table.csv', sha256: 'b2', rows: rows.train + rows.validation + rows.test },
    rows,
    inputs,
    outputs,
    task: regression ? 'regression' : 'classification',
    preprocessing: {
      features: Array.from({ length: inputs }, (_, k) => ({
        column: `x${k}`,
        kind: 'numeric',
        scaling,
        mean: 0,
        scale: 1,
        missing: null
      })),
      targets: [target]
    },
    files: { features: 'features.f32', targets: 'targets.f32' },
    samples: []
  }
}
