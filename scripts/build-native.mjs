/**
 * Builds the addons in build/Release, the native engine and the native table reader, unless they are newer than everything
 * they are made from. Runs as npm's install script, where a failure is only a notice, because Lamina also does without
 * them; with --strict, or on a build server (CI set), it is an error. --arch=x64 or --arch=arm64 builds for another
 * processor than this one, as packaging does.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exclusively } from './exclusively.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const addons = ['lamina_engine.node', 'lamina_tables.node'].map((name) => join(root, 'build', 'Release', name))
const sourceFolders = ['src/native', 'src/engine/native', 'src/data/native']
const lock = join(root, 'build', 'native.lock')
const strict = process.argv.includes('--strict') || (process.env.CI ?? '') !== ''
const arch = process.argv.find((argument) => argument.startsWith('--arch='))?.slice('--arch='.length) ?? process.arch

try {
  if (!isFresh()) await exclusively(lock, build)
} catch (error) {
  console.error(error.message)
  if (strict) {
    process.exitCode = 1
  } else {
    console.error(
      '\nThe native engine was not built (see above). Lamina works without it, but trains and reads tables slowly.\n' +
        'To build it later: install a C++17 compiler and Python 3, then run "npm run build:native".'
    )
  }
}

function isFresh() {
  if (!addons.every((addon) => existsSync(addon)) || configuredArch() !== arch) return false
  const sources = [
    'binding.gyp',
    'package.json',
    ...sourceFolders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name))
    ),
    'node_modules/node-addon-api/package.json'
  ]
  const built = Math.min(...addons.map((addon) => statSync(addon).mtimeMs))
  return sources.every((name) => statSync(join(root, name)).mtimeMs < built)
}

/** The processor that node-gyp was last asked to build for; null before the first time. */
function configuredArch() {
  const path = join(root, 'build', 'config.gypi')
  if (!existsSync(path)) return null
  return /"target_arch": "(\w+)"/.exec(readFileSync(path, 'utf8'))?.[1] ?? null
}

async function build() {
  // Whoever held the lock before may have built it.
  if (isFresh()) return
  const nodeGyp = join(root, 'node_modules/node-gyp/bin/node-gyp.js')
  if (!existsSync(nodeGyp)) throw new Error('node-gyp is not installed: run "npm install" first.')
  console.log('Building the native engine…')
  // A build that fails must not leave addons of older sources behind.
  for (const addon of addons) rmSync(addon, { force: true })
  // Nor is anything for another processor to be linked.
  if (configuredArch() !== arch) rmSync(join(root, 'build', 'Release'), { recursive: true, force: true })
  const headers = bundledHeaders()
  await run([nodeGyp, 'configure', `--arch=${arch}`, ...headers])
  await run([nodeGyp, 'build', '-j', '2', ...headers])
  // What was up to date is not written again, and would look stale the next time.
  const now = new Date()
  for (const addon of addons) utimesSync(addon, now, now)
}

/** Node's own headers, where this installation has them; otherwise node-gyp downloads them once. */
function bundledHeaders() {
  if (process.env.npm_config_nodedir) return []
  const prefix = dirname(dirname(realpathSync(process.execPath)))
  return existsSync(join(prefix, 'include/node/node_api.h')) ? ['--nodedir', prefix] : []
}

/** Runs a Node script quietly. @throws Error with what it wrote, when it fails */
async function run(argv) {
  const child = spawn(process.execPath, [...argv, '--loglevel=error'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
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
  if (code !== 0)
    throw new Error(
      `${withoutNoise(output)}\nBuilding the native engine failed: node-gyp ${argv[1]} exited with ${code}.`
    )
}

/** Leaves what compilers and node-gyp complain of. */
function withoutNoise(output) {
  const noise =
    /^(make(\[\d+\])?: (Entering|Leaving)|\s+(CXX|AR|SOLINK_MODULE|SOLINK|COPY|TOUCH|ACTION)\(|gyp info|rm -f)/
  return output
    .split('\n')
    .filter((line) => !noise.test(line))
    .join('\n')
    .trim()
}
