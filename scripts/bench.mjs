/** `npm run bench`: test/bench, which builds what is stale and needed, and measures. */
import { fileURLToPath } from 'node:url'
import { runTypeScript } from './run-typescript.mjs'

process.exitCode = runTypeScript(
  fileURLToPath(new URL('../test/bench/index.ts', import.meta.url)),
  process.argv.slice(2)
)
