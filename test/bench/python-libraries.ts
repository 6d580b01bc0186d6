import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../../src/shared/errors'
import { benchmarkBatches, benchmarkOptimizer, type Timing } from '../../src/engine/benchmark'
import { openBlasEnvironment } from './openblas-core'
import { PythonProcess, type Greeting, type StartedPython } from './python-process'
import type { Duration, Participant, Work } from './participant'

interface Library {
  readonly name: string
  readonly worker: string
  readonly install: string
  /** Whether a measurement of it ends in reasonable time. */
  accepts(work: Work): boolean
}

const libraries: readonly Library[] = [
  {
    name: 'PyTorch',
    worker: 'torch_worker.py',
    install: 'apt install python3-torch python3-threadpoolctl, or pip install torch numpy threadpoolctl',
    accepts: () => true
  },
  {
    name: 'scikit-learn',
    worker: 'sklearn_worker.py',
    install: 'apt install python3-sklearn, or pip install scikit-learn',
    // An epoch of XL takes it several seconds.
    accepts: (work) => work.do === 'infer' || work.case.name !== 'XL'
  }
]

export interface PythonLibraries {
  readonly participants: readonly PythonParticipant[]
  /** For people: which are not there, and how to get them. */
  readonly missing: readonly string[]
}

/** Starts a worker for every library that one of this machine's Pythons has. */
export async function startPythonLibraries(environment = process.env): Promise<PythonLibraries> {
  const participants: PythonParticipant[] = []
  const missing: string[] = []
  for (const library of libraries) {
    const found = await startWith(candidates(environment['LAMINA_PYTHON']), library)
    if (found instanceof PythonParticipant) participants.push(found)
    else missing.push(found)
  }
  return { participants, missing }
}

/** Debian's packages belong to the system's Python, which need not be the first of the path. */
export function candidates(wanted: string | undefined): string[] {
  const usual = process.platform === 'win32' ? ['python', 'py'] : ['python3', '/usr/bin/python3']
  return wanted === undefined || wanted === '' ? usual : [wanted, ...usual]
}

async function startWith(pythons: readonly string[], library: Library): Promise<PythonParticipant | string> {
  const worker = fileURLToPath(new URL(`python/${library.worker}`, import.meta.url))
  const reasons: string[] = []
  for (const python of pythons) {
    try {
      return new PythonParticipant(library, await startWell(python, worker))
    } catch (error) {
      reasons.push(`${python}: ${messageOf(error)}`)
    }
  }
  return (
    `${library.name} is not measured (${reasons.join('; ')}). ` +
    `To have it: ${library.install}; LAMINA_PYTHON names a Python that has it.`
  )
}

/** Once more where the matrix library has not recognised the processor. */
async function startWell(python: string, worker: string): Promise<StartedPython> {
  // -B: no compiled files beside the sources.
  const command = [python, '-B', worker] as const
  const started = await PythonProcess.start(command)
  const environment = openBlasEnvironment(started.greeting.blas)
  if (Object.keys(environment).length === 0) return started
  await started.process.close()
  return PythonProcess.start(command, environment)
}

export class PythonParticipant implements Participant {
  readonly name: string
  readonly threadChoices: readonly number[]
  readonly greeting: Greeting
  private readonly process: PythonProcess

  constructor(
    private readonly described: Library,
    started: StartedPython
  ) {
    this.name = described.name
    this.process = started.process
    this.greeting = started.greeting
    this.threadChoices = [...new Set([1, availableParallelism()])]
  }

  accepts(work: Work): boolean {
    return this.described.accepts(work)
  }

  async measure(work: Work, threads: number | null, duration: Duration): Promise<Timing & { threads: number }> {
    const used = threads ?? 1
    const timing = await this.process.request({ ...requestOf(work), threads: used, ...duration })
    return { ...timing, threads: used }
  }

  close(): Promise<void> {
    return this.process.close()
  }
}

function requestOf(work: Work): object {
  const { sizes, batchSize } = work.case
  if (work.do === 'infer') return { do: work.do, sizes, samples: work.samples }
  const { learningRate } = benchmarkOptimizer(work.optimizer)
  return { do: work.do, sizes, batchSize, batches: benchmarkBatches, optimizer: work.optimizer, learningRate }
}
