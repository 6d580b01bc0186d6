import { availableParallelism, cpus, totalmem } from 'node:os'
import { programVersion } from '../../src/service'
import type { Engine } from '../../src/engine'
import type { Greeting } from './python-process'

/** What the figures were measured on and with. */
export interface Machine {
  readonly processor: string
  /** Threads that can run at once. */
  readonly cores: number
  readonly memoryBytes: number
  readonly platform: string
  readonly node: string
  readonly lamina: string
  /** Version, instruction set and threads in words. */
  readonly engine: string
  readonly libraries: readonly Greeting[]
}

export function describeMachine(engine: Engine, libraries: readonly Greeting[]): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    lamina: programVersion(),
    engine: engine.description,
    libraries
  }
}
