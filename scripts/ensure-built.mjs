/**
 * Builds the program into out/ unless everything there is newer than everything it is made from. Run it, or import
 * `ensureBuilt` from a script that starts what was built.
 */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exclusively } from './exclusively.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const out = join(root, 'out')
/** The bundler's three results, each a folder. */
const parts = ['main', 'preload', 'renderer']
const outputs = [
  'main/index.js',
  'main/web.js',
  'main/lamina.js',
  'main/training-worker.js',
  'main/data-worker.js',
  'preload/index.cjs',
  'renderer/index.html'
]
const sources = ['src', 'electron.vite.config.ts', 'package.json'].map((name) => join(root, name))
/** Compiled by build-native.mjs into another folder. */
const compiledElsewhere = join(root, 'src', 'engine', 'native')

/** @throws Error with the bundler's complaint when the build fails */
export async function ensureBuilt() {
  if (isFresh()) return
  // Whoever held the lock before may have built it.
  await exclusively(join(out, '.lock'), async () => {
    if (!isFresh()) await build()
  })
}

function isFresh() {
  const built = outputs.map((name) => statSync(join(out, name), { throwIfNoEntry: false }))
  if (built.includes(undefined)) return false
  const oldest = Math.min(...built.map(({ mtimeMs }) => mtimeMs))
  return sources.every((path) => newestBelow(path) < oldest)
}

/** Folders count too: theirs is the change when a file was removed or renamed. */
function newestBelow(path) {
  if (path === compiledElsewhere) return 0
  const found = statSync(path)
  if (!found.isDirectory()) return found.mtimeMs
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newestBelow(join(path, name))))
}

async function build() {
  const bundler = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  if (!existsSync(bundler)) throw new Error('Lamina’s packages are not installed: run "npm install" first.')
  // The program’s own output may be what somebody reads, so progress goes elsewhere.
  console.error('Building Lamina…')
  const began = new Date()
  const next = join(out, '.next')
  rmSync(next, { recursive: true, force: true })
  try {
    await run([bundler, 'build', '--outDir', next, '--logLevel', 'warn'])
    // What was edited while building is newer than the build.
    for (const name of outputs) utimesSync(join(next, name), began, began)
    replaceParts(next)
  } finally {
    rmSync(next, { recursive: true, force: true })
  }
}

/** Running hosts load from out/ at any time, so it is never empty and a build that fails leaves it as it was. */
function replaceParts(next) {
  const previous = join(out, '.previous')
  rmSync(previous, { recursive: true, force: true })
  mkdirSync(previous)
  for (const part of parts) replaceFolder(join(next, part), join(out, part), join(previous, part))
  rmSync(previous, { recursive: true, force: true })
}

function replaceFolder(next, current, previous) {
  try {
    if (existsSync(current)) renameSync(current, previous)
    renameSync(next, current)
  } catch (error) {
    // Windows moves no folder in which a program has a file open; new files can still go beside the old ones.
    if (!['EPERM', 'EBUSY', 'EACCES'].includes(error.code)) throw error
    cpSync(next, current, { recursive: true, force: true, preserveTimestamps: true })
  }
}

async function run(argv) {
  const child = spawn(process.execPath, argv, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = (text) => {
    output += text
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`${output.trim()}\nBuilding Lamina failed (exit code ${code}).`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ensureBuilt()
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
