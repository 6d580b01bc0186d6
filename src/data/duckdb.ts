import type * as Api from '@duckdb/node-api'
import type * as Bindings from '@duckdb/node-bindings'

export interface DuckDb {
  readonly api: typeof Api
  readonly bindings: typeof Bindings
}

let loading: Promise<DuckDb> | null = null

/**
 * DuckDB, loaded when it is first needed: that takes a quarter of a second, and neither a dataset found in the cache nor a
 * table in memory needs it.
 */
export function duckdb(): Promise<DuckDb> {
  loading ??= load()
  return loading
}

async function load(): Promise<DuckDb> {
  const [api, bindings] = await Promise.all([import('@duckdb/node-api'), import('@duckdb/node-bindings')])
  // A CommonJS module: all it exports is in `default` when it is imported by itself.
  return { api, bindings: 'default' in bindings ? (bindings.default as typeof Bindings) : bindings }
}
