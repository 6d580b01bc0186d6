import { expect, test } from 'vitest'
import { chooseEngine } from '../../src/engine'
import { referenceEngine } from '../../src/engine/reference'
import { describeNative } from './engines'

test('the reference engine is there when it is asked for', () => {
  expect(chooseEngine('reference')).toEqual({ engine: referenceEngine, fallbackReason: null })
  expect([referenceEngine.name, referenceEngine.precision]).toEqual(['reference', 'float64'])
})

test('without the native engine the reference engine stands in, and says why', () => {
  const before = process.env['LAMINA_ENGINE']
  process.env['LAMINA_ENGINE'] = 'reference'
  try {
    expect(chooseEngine()).toEqual({
      engine: referenceEngine,
      fallbackReason: 'The native engine is switched off by LAMINA_ENGINE=reference.'
    })
  } finally {
    if (before === undefined) delete process.env['LAMINA_ENGINE']
    else process.env['LAMINA_ENGINE'] = before
  }
})

describeNative('the choice', () => {
  test('is the native engine where it was built', () => {
    const { engine, fallbackReason } = chooseEngine()
    expect([engine.name, engine.precision, fallbackReason]).toEqual(['native', 'float32', null])
  })
})
