import { describe, test } from 'vitest'
import type { Engine } from '../../src/engine/engine'
import { loadNativeEngine } from '../../src/engine/native-engine'
import { referenceEngine } from '../../src/engine/reference'

const native = loadNativeEngine()

/** Runs the same tests once for each engine. */
export function describeEngines(title: string, tests: (engine: Engine) => void): void {
  describe(`${title} (reference)`, () => tests(referenceEngine))
  describeNative(title, tests)
}

/**
 * Tests of the native engine. Where it was not built they are skipped with the reason; on a build server (`CI` set)
 * that is a failure instead, so that a broken addon cannot pass unnoticed.
 */
export function describeNative(title: string, tests: (engine: Engine) => void): void {
  const { engine } = native
  if (engine !== null) {
    describe(`${title} (native)`, () => tests(engine))
    return
  }
  const { reason } = native
  if (process.env['CI'] !== undefined && process.env['CI'] !== '') {
    test(`${title} (native)`, () => {
      throw new Error(`The native engine must be tested here, but it is missing: ${reason}`)
    })
    return
  }
  console.warn(`Skipping ${title} (native): ${reason}`)
  describe.skip(`${title} (native), skipped: ${reason}`, () => tests(referenceEngine))
}
