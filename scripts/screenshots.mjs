/** `npm run screenshots [folder]`: builds what is stale, then takes pictures of the designer (test/e2e/screenshots.ts). */
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from './ensure-built.mjs'
import { runTypeScript } from './run-typescript.mjs'

await ensureBuilt()
process.exitCode = runTypeScript(
  fileURLToPath(new URL('../test/e2e/screenshots.ts', import.meta.url)),
  process.argv.slice(2)
)
