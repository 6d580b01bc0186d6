import { describe, test } from 'vitest'
import type { Engine } from '../../src/engine/engine'
import { loadNativeEngine } from '../../src/engine/native-engine'
import { referenceEngine } from '../../src/engine/reference'

const native = loadNativeEngine()

/** Runs the same tests once for each engine; `LAMINA_TEST_ENGINES=native` leaves the reference out. */
export function describeEngines(title: string, tests: (engine: Engine) => void): void {
  if (process.env['LAMINA_TEST_ENGINES'] !== 'native') describe(`${title} (reference)`, () => tests(referenceEngine))
  describeNative(title, tests)
}

/**
 * Tests of the native engine. Where it was not built they are skipped with the reason; on a build server (`CI` set)
 * that is a failure instead, so that a broken addon cannot pass unnoticed. An instruction set that the machine lacks is
 * no failure anywhere.
 */
export function describeNative(title: string, tests: (engine: Engine) => void): void {
  const { engine } = native
  if (engine !== null) {
    describe(`${title} (native)`, () => tests(engine))
    return
  }
  const { reason } = native
  const isLacking = reason.includes('is not supported by this machine')
  if (!isLacking && process.env['CI'] !== undefined && process.env['CI'] !== '') {
    test(`${title} (native)`, () => {
      throw new Error(`The native engine must be tested here, but it is missing: ${reason}`)
    })
    return
  }
  console.warn(`Skipping ${title} (native): ${reason}`)
  describe.skip(`${title} (native), skipped: ${reason}`, () => tests(referenceEngine))
}
