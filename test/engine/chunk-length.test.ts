import { expect, test } from 'vitest'
import { ChunkLength } from '../../src/engine/training/chunk-length'

/** The length after many chunks that come back so many milliseconds after they were done. */
function settled(length: ChunkLength, late: number): number {
  for (let chunk = 0; chunk < 100; chunk++) length.observe(length.milliseconds + late, length.milliseconds)
  return length.milliseconds
}

test('chunks of the native engine are about a frame long where they come back at once', () => {
  const length = new ChunkLength('native')
  expect(length.milliseconds).toBe(30)
  expect(settled(length, 0.2)).toBe(30)
})

test('they become longer where they come back late, so that the engine stands still for a twentieth of its time', () => {
  const length = new ChunkLength('native')
  expect(settled(length, 3)).toBeCloseTo(60, 3)
  expect(settled(length, 200)).toBe(100)
  // And short again when that is over.
  expect(settled(length, 0)).toBe(30)
})

test('one late chunk among many changes little', () => {
  const length = new ChunkLength('native')
  settled(length, 0.5)
  length.observe(length.milliseconds + 8, length.milliseconds)
  expect(length.milliseconds).toBeLessThan(41)
})

test('those of the reference engine stay short, because it computes on the thread that listens', () => {
  const length = new ChunkLength('reference')
  expect(settled(length, 50)).toBe(8)
})
