#!/usr/bin/env node
/** The command line, built first when it is missing or stale. Only its own results go to stdout. */
import { ensureBuilt } from './ensure-built.mjs'

try {
  await ensureBuilt()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
await import('../out/main/lamina.js')
