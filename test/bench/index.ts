/**
 * `npm run bench`: the engine side by side with what people would use instead. `--json` prints one document.
 * Figures of one run are comparable with each other; quote ratios, not single figures of a busy machine.
 * Exit code 0: measured; 1: measuring failed; 2: wrong usage.
 */
import { availableParallelism } from 'node:os'
import { CommanderError } from 'commander'
import { chooseEngine, type Engine } from '../../src/engine'
import { messageOf } from '../../src/shared/errors'
import { build } from '../support/build-program'
import { LaminaParticipant } from './lamina'
import { describeMachine } from './machine'
import { measureCheckpoints } from './checkpoints'
import { parseOptions, type BenchOptions, type Section } from './options'
import { measureEditing } from './editing'
import { measureProducts } from './products'
import { startPythonLibraries } from './python-libraries'
import { reportText, type Report } from './report'
import { casesNamed, measureInference, measureScaling, measureTraining, type Plan } from './sections'
import { measureTables } from './tables'
import { measureWindow } from './window'

const FAILURE = 1
const WRONG_USAGE = 2

try {
  const options = parseOptions(process.argv.slice(2))
  build('build-native.mjs')
  const report = await measureAll(options)
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report))
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE
  } else {
    console.error(`bench: ${messageOf(error)}`)
    process.exitCode = FAILURE
  }
}

async function measureAll(options: BenchOptions): Promise<Report> {
  const engine = nativeEngine()
  const wants = (section: Section): boolean => options.only === undefined || options.only === section
  const plan: Plan = {
    cases: casesNamed(options.case),
    rounds: options.rounds,
    progress: (text) => console.error(`${text} …`)
  }
  const compared = wants('cases') || wants('inference')
  const python = compared ? await startPythonLibraries() : { participants: [], missing: [] }
  const missing = [...python.missing]
  const participants = [new LaminaParticipant(engine, options.threads ?? null), ...python.participants]
  try {
    const training = wants('cases') ? await measureTraining(participants, plan) : undefined
    const inference = wants('inference') ? await measureInference(participants, plan) : undefined
    const products = wants('products') ? await measureProducts(plan) : undefined
    const alone = availableParallelism() < 2
    if (wants('scaling') && alone) missing.push('Two threads are not measured: this machine runs one at a time.')
    const scaling = wants('scaling') && !alone ? await measureScaling(engine, plan) : undefined
    return {
      machine: describeMachine(
        engine,
        python.participants.map(({ greeting }) => greeting)
      ),
      missing,
      rounds: options.rounds,
      ...(training && { training }),
      ...(inference && { inference }),
      ...(products !== undefined && { products }),
      ...(scaling && { scaling }),
      ...(wants('window') && { window: await windowFigures(plan) }),
      ...(wants('editing') && { editing: await editingFigures(plan) }),
      ...(wants('checkpoints') && { checkpoints: await checkpointFigures(plan) }),
      ...(wants('tables') && { tables: await tableFigures(plan) })
    }
  } finally {
    for (const participant of participants) await participant.close()
  }
}

/** @throws Error without it: the reference engine is for reading, and would take hours */
function nativeEngine(): Engine {
  const { engine, fallbackReason } = chooseEngine()
  if (fallbackReason !== null) throw new Error(`Only the native engine is measured. ${fallbackReason}`)
  return engine
}

function checkpointFigures(plan: Plan): ReturnType<typeof measureCheckpoints> {
  build('ensure-built.mjs')
  return measureCheckpoints(plan)
}

function tableFigures(plan: Plan): ReturnType<typeof measureTables> {
  build('ensure-built.mjs')
  return measureTables(plan.progress)
}

function editingFigures(plan: Plan): ReturnType<typeof measureEditing> {
  plan.progress('Measuring edits')
  build('ensure-built.mjs')
  return measureEditing()
}

function windowFigures(plan: Plan): ReturnType<typeof measureWindow> {
  plan.progress('Measuring the window')
  // What the window shows, and the command line it is compared with, is the built program.
  build('ensure-built.mjs')
  return measureWindow()
}
