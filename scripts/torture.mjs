/** `npm run torture`: test/torture, which does to the built program what must not hurt it, and counts what it survived. */
import { fileURLToPath } from 'node:url'
import { runTypeScript } from './run-typescript.mjs'

process.exitCode = runTypeScript(
  fileURLToPath(new URL('../test/torture/index.ts', import.meta.url)),
  process.argv.slice(2)
)
