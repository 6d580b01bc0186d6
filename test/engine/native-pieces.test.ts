import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/test-native.mjs', import.meta.url))
const CANNOT = 3
/** Compiling takes a slow machine minutes; after that the program is kept. */
const PATIENCE_MS = 600_000

it.for([
  ['address', 'passes its own C++ tests while memory and undefined behaviour are watched'],
  ['thread', 'passes them while data races are watched'],
  ['portable', 'passes them where no vector extension is known'],
  ['gcc', 'compiles without a warning of g++ and passes them optimised'],
  ['clang', 'compiles without a warning of clang++ and passes them optimised'],
  ['arm64', 'passes them on an emulated 64-bit ARM processor']
] as const)('%s: %s', { timeout: PATIENCE_MS }, ([mode], context) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, mode], { encoding: 'utf8' })
  if (status === CANNOT) context.skip(stderr.trim())
  expect(status, stderr).toBe(0)
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('native engine: all C++ tests passed')
})
