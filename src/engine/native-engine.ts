import { messageOf } from '../shared/errors'
import { checkThreads } from './check'
import type { Engine } from './engine'
import { loadEngineAddon, type Addon } from './native-addon'
import { NativeTrainer } from './native-trainer'

export type NativeEngine = { readonly engine: Engine } | { readonly engine: null; readonly reason: string }

/**
 * `LAMINA_ENGINE=reference` switches the native engine off, `LAMINA_ISA=portable|neon|avx2|avx512` picks its kernels, and
 * `LAMINA_THREADS=n` makes n threads share every product that can be divided, be it so small that this takes longer.
 */
export type EngineEnvironment = Readonly<Record<string, string | undefined>>

/** The C++ engine, or in words why this process has to do without it. */
export function loadNativeEngine(environment: EngineEnvironment = process.env): NativeEngine {
  if (environment['LAMINA_ENGINE'] === 'reference') {
    return { engine: null, reason: 'The native engine is switched off by LAMINA_ENGINE=reference.' }
  }
  const loaded = loadEngineAddon(import.meta.url)
  if (loaded.addon === null) return { engine: null, reason: loaded.reason }
  try {
    return { engine: createEngine(loaded.addon, environment) }
  } catch (thrown) {
    return {
      engine: null,
      reason: `The native engine cannot be used: ${messageOf(thrown)} Check LAMINA_ISA and LAMINA_THREADS.`
    }
  }
}

function createEngine(addon: Addon, environment: EngineEnvironment): Engine {
  const instructionSet = addon.instructionSet(environment['LAMINA_ISA'] ?? '')
  const forcedThreads = readThreads(environment['LAMINA_THREADS'])
  const threads = forcedThreads ?? addon.cores
  return {
    name: 'native',
    precision: 'float32',
    description: `Native engine ${addon.version}: C++, float32, ${instructionSet} instructions, ${threads === 1 ? 'one thread' : `up to ${threads} threads`}`,
    arithmetic: `${addon.version} ${instructionSet}`,
    createTrainer: (options) => new NativeTrainer(addon, { instructionSet, forcedThreads }, options)
  }
}

function readThreads(text: string | undefined): number | null {
  if (text === undefined || text === '') return null
  const threads = Number(text)
  checkThreads(threads)
  return threads
}
