/**
 * Compiles the C++ engine without JavaScript, with a program that tests it piece by piece, and runs it.
 *
 *   node scripts/test-native.mjs [address|thread|portable]
 *
 * `address` (the default) watches memory and undefined behaviour, `thread` data races; `portable` builds for a
 * processor without any vector extension this engine knows. The compiler is $CXX or the first of clang++, g++ and c++.
 * Exit code 0: all passed; 1: compiling or a test failed; 2: wrong usage; 3: this machine cannot do it, and says why.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exclusively } from './exclusively.mjs'

const modes = {
  address: ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
  thread: ['-fsanitize=thread'],
  portable: []
}
const CANNOT = 3
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const engine = join(root, 'src/engine/native')
const tests = join(root, 'test/engine/native')
const common = ['-std=c++17', '-O1', '-g', '-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Werror', '-ffp-contract=off']
const instructionSets = {
  'kernels_avx2.cpp': ['-mavx2', '-mfma'],
  'kernels_avx512.cpp': ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma']
}

const mode = process.argv[2] ?? 'address'
if (mode in modes) process.exitCode = await main()
else {
  console.error(`Expected one of ${Object.keys(modes).join(', ')}, found "${mode}".`)
  process.exitCode = 2
}

async function main() {
  const compiler = process.env.CXX || ['clang++', 'g++', 'c++'].find(isThere)
  // One that was asked for must be there: a wrong CXX is a mistake, not a reason to skip.
  if (process.env.CXX && !isThere(compiler)) {
    console.error(`CXX names ${compiler}, which cannot be started.`)
    return 1
  }
  const reason = compiler === undefined ? 'there is no C++ compiler (set CXX to one)' : whyNotWith(compiler)
  if (reason !== null) {
    console.error(`The C++ tests cannot run: ${reason}.`)
    return CANNOT
  }
  const folder = join(root, 'build', 'native-tests', mode)
  const program = join(folder, 'test')
  try {
    await exclusively(join(folder, '.lock'), () => (isFresh(program) ? undefined : build(compiler, folder, program)))
    await run(program, [])
    return 0
  } catch (error) {
    console.error(error.message)
    return 1
  }
}

function isThere(compiler) {
  return spawnSync(compiler, ['--version']).status === 0
}

/** Tries a program of one line: compilers know sanitizers whose libraries are not installed, or that cannot run here. */
function whyNotWith(compiler) {
  const folder = mkdtempSync(join(tmpdir(), 'lamina-native-'))
  try {
    const source = join(folder, 'probe.cpp')
    const program = join(folder, 'probe')
    writeFileSync(source, 'int main() { return 0; }\n')
    const compiled = spawnSync(compiler, ['-std=c++17', ...modes[mode], source, '-o', program], { encoding: 'utf8' })
    if (compiled.status !== 0)
      return `${compiler} ${modes[mode].join(' ')} does not work: ${firstLine(compiled.stderr)}`
    const ran = spawnSync(program, { encoding: 'utf8' })
    return ran.status === 0 ? null : `programs made with ${modes[mode].join(' ')} do not run: ${firstLine(ran.stderr)}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function firstLine(text) {
  return text.trim().split('\n', 1)[0]
}

/** Whether the program is newer than everything it is made of. */
function isFresh(program) {
  const built = statSync(program, { throwIfNoEntry: false })
  if (built === undefined) return false
  const sources = [engine, tests].flatMap((folder) => [
    folder,
    ...readdirSync(folder, { recursive: true }).map((name) => join(folder, name))
  ])
  return [fileURLToPath(import.meta.url), ...sources].every((path) => statSync(path).mtimeMs < built.mtimeMs)
}

async function build(compiler, folder, program) {
  const vectors = process.arch === 'x64' && mode !== 'portable'
  const sources = [engine, join(engine, 'kernels'), tests]
    .flatMap(cppIn)
    .filter((path) => vectors || !(basename(path) in instructionSets))
  // One left over from older sources must not be what runs.
  rmSync(program, { force: true })
  mkdirSync(folder, { recursive: true })
  const compilations = sources.map((source, index) => ({ source, object: join(folder, `${index}.o`) }))
  const waiting = [...compilations]
  const compile = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const flags = [
        ...common,
        ...(vectors ? ['-DLAMINA_X64'] : []),
        ...modes[mode],
        ...(instructionSets[basename(next.source)] ?? [])
      ]
      await run(compiler, [...flags, '-c', next.source, '-o', next.object])
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, compile))
  const objects = compilations.map(({ object }) => object)
  await run(compiler, [...modes[mode], ...objects, '-pthread', '-o', program])
  for (const object of objects) rmSync(object)
}

function cppIn(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cpp'))
    .map((name) => join(folder, name))
}

function run(command, argv) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, argv, { stdio: 'inherit' })
    child.on('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`)))
    child.on('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`${basename(command)} failed: ${signal ?? `exit code ${code}`}.`))
    })
  })
}
