import { messageOf } from '../shared/errors'
import type { Engine } from './engine'
import { loadAddon, type Addon } from './native-addon'
import { NativeTrainer } from './native-trainer'

export type NativeEngine = { readonly engine: Engine } | { readonly engine: null; readonly reason: string }

/** `LAMINA_ENGINE=reference` switches the native engine off; `LAMINA_ISA=portable|avx2|avx512` picks its kernels. */
export type EngineEnvironment = Readonly<Record<string, string | undefined>>

/** The C++ engine, or in words why this process has to do without it. */
export function loadNativeEngine(environment: EngineEnvironment = process.env): NativeEngine {
  if (environment['LAMINA_ENGINE'] === 'reference') {
    return { engine: null, reason: 'The native engine is switched off by LAMINA_ENGINE=reference.' }
  }
  const loaded = loadAddon(import.meta.url)
  if (loaded.addon === null) return { engine: null, reason: loaded.reason }
  try {
    return { engine: createEngine(loaded.addon, environment['LAMINA_ISA'] ?? '') }
  } catch (thrown) {
    return { engine: null, reason: `The native engine cannot be used: ${messageOf(thrown)} Check LAMINA_ISA.` }
  }
}

function createEngine(addon: Addon, requested: string): Engine {
  const instructionSet = addon.instructionSet(requested)
  return {
    name: 'native',
    precision: 'float32',
    description: `Native engine ${addon.version}: C++, float32, ${instructionSet} instructions, one thread`,
    createTrainer: (options) => new NativeTrainer(addon, instructionSet, options)
  }
}
