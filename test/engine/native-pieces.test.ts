import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/test-native.mjs', import.meta.url))
const CANNOT = 3
/** Compiling with sanitizers takes a slow machine minutes; after that the program is kept. */
const PATIENCE_MS = 600_000

it('passes its own C++ tests while memory and undefined behaviour are watched', { timeout: PATIENCE_MS }, (context) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, 'address'], { encoding: 'utf8' })
  if (status === CANNOT) context.skip(stderr.trim())
  expect(status, stderr).toBe(0)
  expect(stdout).toBe('native engine: all C++ tests passed\n')
})
