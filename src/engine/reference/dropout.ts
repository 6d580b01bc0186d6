import type { DropoutOperation } from '../../shared/network/plan'
import { addTo, at } from '../float-array'
import { dropoutWords, type Block } from '../random'

/** Which step's random numbers leave units out. */
export interface DropoutStep {
  /** 32-bit */
  readonly seed: number
  /** Steps done before this one. */
  readonly step: number
}

/** Samples that share a block of random words. */
const GROUP = 4

/**
 * Fills the mask M of one dropout operation, n × b: 0 where a unit is left out for a sample, else 1/(1 − rate), rounded
 * to float32 whatever the engine's precision. (Inverted dropout: Srivastava et al., "Dropout", JMLR 2014, section 10.)
 * @param ordinal of the operation among the network's dropout operations
 */
export function drawMask(
  { units, rate }: DropoutOperation,
  ordinal: number,
  { seed, step }: DropoutStep,
  mask: Float64Array,
  count: number
): void {
  const threshold = Math.floor(rate * 2 ** 32)
  const kept = Math.fround(1 / (1 - rate))
  for (let first = 0; first < count; first += GROUP) {
    for (let unit = 0; unit < units; unit++) {
      const words: Block = dropoutWords(seed, ordinal, step, first / GROUP, unit)
      for (const [index, word] of words.entries()) {
        const sample = first + index
        if (sample < count) mask[sample * units + unit] = word < threshold ? 0 : kept
      }
    }
  }
}

/** A = X ⊙ M */
export function dropoutForward(x: Float64Array, mask: Float64Array, a: Float64Array, length: number): void {
  for (let i = 0; i < length; i++) a[i] = at(x, i) * at(mask, i)
}

/** E += G ⊙ M: added, because other operations may have used the same X. */
export function dropoutBackward(g: Float64Array, mask: Float64Array, e: Float64Array, length: number): void {
  for (let i = 0; i < length; i++) addTo(e, i, at(g, i) * at(mask, i))
}
