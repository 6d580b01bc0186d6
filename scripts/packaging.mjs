/** Hooks of electron-builder: native parts must be there for the right processor before packing, and outside the archive after it. */
import { getRawHeader } from '@electron/asar'
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** electron-builder's numbers for processors. */
const arches = { 1: 'x64', 3: 'arm64' }
const UNIVERSAL = 4
const addons = join('build', 'Release')
/** What the system's loader has to find as a file. */
const NATIVE = /\.(node|dll|dylib|so(\.[\d.]+)?)$/

/** @param {{ arch: number, electronPlatformName: string }} context */
export function beforePack({ arch, electronPlatformName }) {
  const wanted = arches[arch]
  // The universal program is made of two others, each of which came by here.
  if (wanted === undefined) return
  const platform = { darwin: 'darwin', linux: 'linux', win32: 'win32' }[electronPlatformName]
  if (platform !== process.platform) {
    throw new Error(
      `The native engine is compiled on the system it runs on: package for ${electronPlatformName} there.`
    )
  }
  const bindings = `@duckdb/node-bindings-${platform}-${wanted}`
  if (!existsSync(join(root, 'node_modules', bindings))) {
    const { version } = JSON.parse(readFileSync(join(root, 'node_modules/@duckdb/node-bindings/package.json'), 'utf8'))
    throw new Error(`${bindings} is not installed. Run: npm install --no-save --force ${bindings}@${version}`)
  }
  const script = join(root, 'scripts', 'build-native.mjs')
  const { status } = spawnSync(process.execPath, [script, '--strict', `--arch=${wanted}`], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`The native engine could not be compiled for ${wanted}.`)
}

/** @param {{ appOutDir: string, arch: number, electronPlatformName: string, packager: { appInfo: { productFilename: string } } }} context */
export function afterPack({ appOutDir, arch, electronPlatformName, packager }) {
  const mac = electronPlatformName === 'darwin'
  const resources = mac
    ? join(appOutDir, `${packager.appInfo.productFilename}.app`, 'Contents', 'Resources')
    : join(appOutDir, 'resources')
  const library = { darwin: 'libduckdb.dylib', linux: 'libduckdb.so', win32: 'duckdb.dll' }[electronPlatformName]
  const unpacked = join(resources, 'app.asar.unpacked')
  const duckdb = join(unpacked, 'node_modules', '@duckdb')
  const compiled = readdirSync(join(root, addons)).filter((name) => name.endsWith('.node'))
  const expected = [
    join(resources, 'app.asar'),
    join(resources, 'LICENSE'),
    join(resources, 'examples', 'index.json'),
    ...compiled.map((name) => join(unpacked, addons, name)),
    // A universal program without the other half would open on the other processor, and read no table there.
    ...(arch === UNIVERSAL ? Object.values(arches) : [arches[arch]])
      .map((name) => join(duckdb, `node-bindings-${electronPlatformName}-${name}`))
      .flatMap((folder) => [join(folder, 'duckdb.node'), join(folder, library)]),
    join(duckdb, 'node-api')
  ]
  const missing = expected.filter((path) => !existsSync(path))
  if (missing.length > 0) throw new Error(`The package is not complete; missing:\n${missing.join('\n')}`)
  if (arch === UNIVERSAL) {
    const halves = compiled.map((name) => join(unpacked, addons, name)).filter((path) => !isForBothProcessors(path))
    if (halves.length > 0) throw new Error(`For one processor only:\n${halves.join('\n')}`)
  }
  const packed = packedNatives(join(resources, 'app.asar'))
  if (packed.length > 0) {
    throw new Error(`Native code cannot be loaded from inside an archive; add to asarUnpack:\n${packed.join('\n')}`)
  }
}

/** Whether a file is one of Apple's for several processors, by its first word. */
export function isForBothProcessors(path) {
  const word = Buffer.alloc(4)
  const file = openSync(path, 'r')
  try {
    readSync(file, word, 0, word.length, 0)
  } finally {
    closeSync(file)
  }
  return word.readUInt32BE() === 0xcafebabe
}

/** Native files that lie inside an archive instead of beside it. */
export function packedNatives(archive) {
  const found = []
  const visit = (folder, path) => {
    for (const [name, entry] of Object.entries(folder.files ?? {})) {
      const inner = `${path}/${name}`
      if (entry.files !== undefined) visit(entry, inner)
      else if (NATIVE.test(name) && entry.unpacked !== true) found.push(inner)
    }
  }
  visit(getRawHeader(archive).header, '')
  return found
}
