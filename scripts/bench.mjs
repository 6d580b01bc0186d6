/** `npm run bench`: builds what is stale, then measures (test/bench). */
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from './ensure-built.mjs'
import { runTypeScript } from './run-typescript.mjs'

await ensureBuilt()
process.exitCode = runTypeScript(
  fileURLToPath(new URL('../test/bench/index.ts', import.meta.url)),
  process.argv.slice(2)
)
