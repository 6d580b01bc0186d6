/** Compiles the C++ engine or the table reader, without Node.js, into a program of its own: tests and measurements of its parts. */
import { createHash } from 'node:crypto'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exclusively } from './exclusively.mjs'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** Windows, and what stands in for it, starts no file without it; elsewhere it is part of a name. */
const ENDING = '.exe'
/** The folders each program is made from, besides its own. */
const parts = {
  engine: [join(root, 'src/engine/native'), join(root, 'src/engine/native/kernels')],
  tables: [join(root, 'src/data/native')]
}
const common = ['-std=c++17', '-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Werror', '-ffp-contract=off']
/** As binding.gyp compiles files of kernels. */
const kernelFlags = ['-fno-math-errno', '-fno-trapping-math']
/** What each architecture's files take, and its kernels beside the portable ones with what their compilation takes. */
const architectures = {
  portable: { defines: [], kernels: {} },
  x64: {
    defines: ['-DLAMINA_X64'],
    kernels: {
      'kernels_avx2.cpp': ['-mavx2', '-mfma', '-mprfchw'],
      'kernels_avx512.cpp': ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma', '-mprfchw']
    }
  },
  arm64: { defines: ['-DLAMINA_ARM64'], kernels: { 'kernels_neon.cpp': [] } }
}

/**
 * The compilers to try, best first: $CXX alone, or those of `names` that are there.
 * @throws Error when CXX names one that cannot be started: a mistake, and no reason to do without
 */
export function findCompilers(names = ['clang++', 'g++', 'c++']) {
  if (!process.env.CXX) return names.filter(isThere)
  if (!isThere(process.env.CXX)) throw new Error(`CXX names ${process.env.CXX}, which cannot be started.`)
  return [process.env.CXX]
}

function isThere(command) {
  return spawnSync(command, ['--version']).status === 0
}

/**
 * Tries a program of one line: compilers know flags whose libraries are not installed, or that cannot run here.
 * @param {string[]} [runner] what programs are started with, where they are for another machine
 * @returns the reason in words, or null when it works
 */
export function whyNotWith(compiler, flags, runner = []) {
  const folder = mkdtempSync(join(tmpdir(), 'lamina-native-'))
  try {
    const source = join(folder, 'probe.cpp')
    const program = join(folder, `probe${ENDING}`)
    writeFileSync(source, 'int main() { return 0; }\n')
    const compiled = spawnSync(compiler, ['-std=c++17', ...flags, source, '-o', program], { encoding: 'utf8' })
    const how = [compiler, ...flags].join(' ')
    if (compiled.error) return `${compiler} cannot be started`
    if (compiled.status !== 0) return `${how} does not work: ${firstLine(compiled.stderr)}`
    const [command, ...argv] = [...runner, program]
    const ran = spawnSync(command, argv, { encoding: 'utf8' })
    if (ran.error) return `${command} cannot be started`
    return ran.status === 0 ? null : `programs made with ${how} do not run: ${firstLine(ran.stderr)}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function firstLine(text) {
  return text.trim().split('\n', 1)[0]
}

/**
 * Compiles a part of Lamina with what `sources` adds to it. What is newer than all it is made of is left as it is.
 * @param {object} what
 * @param {string} what.compiler
 * @param {keyof typeof parts} [what.part] the engine when left out
 * @param {string} what.name of the program below build/native-programs
 * @param {string} what.sources a folder, whose *.cpp files and headers belong to the program
 * @param {string[]} what.flags for compiling and linking
 * @param {string[]} [what.libraries] for linking only
 * @param {keyof typeof architectures} [what.architecture] the program is for, by default this machine's
 * @param {{source: string, flags: string[]}[]} [what.others] files that are compiled too, but not part of the program
 * @returns {Promise<string>} path of the program
 * @throws Error when compiling fails; the compiler has said why
 */
export async function buildNativeProgram(what) {
  const { compiler, name, sources, flags, libraries = [], others = [] } = what
  const folders = parts[what.part ?? 'engine']
  // MinGW, which is what is tried on Windows, aligns no stack as AVX needs it.
  const own = process.platform === 'win32' ? 'portable' : process.arch
  const { defines, kernels } = architectures[what.architecture ?? own] ?? architectures.portable
  const flagsOf = (source) => {
    const file = basename(source)
    return [
      ...common,
      ...flags,
      ...defines,
      ...(file.startsWith('kernels_') ? kernelFlags : []),
      ...(kernels[file] ?? [])
    ]
  }
  const files = [...folders, sources]
    .flatMap(cppIn)
    .filter((path) => isWanted(basename(path), kernels))
    .map((source) => ({ source, flags: flagsOf(source) }))
  const all = [...files, ...others.map((other) => ({ ...other, flags: [...flagsOf(other.source), ...other.flags] }))]
  const folder = join(root, 'build', 'native-programs', name)
  // What was made in another way is never taken for what is asked for.
  const objects = all.map((file) => {
    const id = identify([compiler, file.source, file.flags])
    return { ...file, object: join(folder, `${basename(file.source, '.cpp')}-${id}.o`) }
  })
  const linked = objects.slice(0, files.length).map(({ object }) => object)
  const link = [...flags, ...linked, '-pthread', ...libraries]
  const program = join(folder, `program-${identify([compiler, link])}${ENDING}`)
  await exclusively(join(folder, '.lock'), async () => {
    const headers = newestHeader([...folders, sources])
    const stale = objects.filter(({ source, object }) => changed(object) <= Math.max(headers, changed(source)))
    if (stale.length === 0 && linked.every((object) => changed(object) < changed(program))) return
    // One left over from older sources must not be what runs.
    rmSync(program, { force: true })
    await compileAll(compiler, stale)
    await run(compiler, [...link, '-o', program])
  })
  return program
}

function isWanted(file, kernels) {
  return file in kernels || !Object.values(architectures).some((other) => file in other.kernels)
}

function identify(way) {
  return createHash('sha256').update(JSON.stringify(way)).digest('hex').slice(0, 12)
}

/** When a file was last changed, in milliseconds; long ago where there is none. */
function changed(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity
}

function newestHeader(folders) {
  const headers = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((name) => name.endsWith('.h'))
      .map((name) => join(folder, name))
  )
  return Math.max(...headers.map(changed))
}

/** As many at a time as there are processors. */
async function compileAll(compiler, files) {
  // Kernels take longest: what is left for the end is short.
  const waiting = [...files].sort((a, b) => Number(isKernel(b)) - Number(isKernel(a)))
  const compile = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      // Renamed when it is whole: a compiler that was killed may have left half of it.
      await run(compiler, [...next.flags, '-c', next.source, '-o', `${next.object}.new`])
      renameSync(`${next.object}.new`, next.object)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, compile))
}

function isKernel({ source }) {
  return basename(source).startsWith('kernels_')
}

/** The C++ files of a folder, which is below `root` unless its path is a whole one. */
export function cppIn(folder) {
  const whole = resolve(root, folder)
  return readdirSync(whole)
    .filter((name) => name.endsWith('.cpp'))
    .map((name) => join(whole, name))
}

/** Runs a command whose output is for people. @throws Error when it fails */
export function run(command, argv) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, argv, { stdio: 'inherit' })
    child.on('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`)))
    child.on('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`${basename(command)} failed: ${signal ?? `exit code ${code}`}.`))
    })
  })
}
