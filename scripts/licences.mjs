/**
 * The licences of what Lamina is made of. The bundler collects them while it makes the page (`licences.json`, shown under
 * About), so the list is of what is in the bundle, not of what might be. `npm run licences` prints it.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Licences that ask for no more than to be named. Anything else is a decision for people. */
export const permitted = [
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'OFL-1.1',
  'Zlib'
]

/** Name of the file beside the page. */
export const LICENCES_FILE = 'licences.json'

/** What packages forgot to write into their manifest; their licence file says it, and is compared with this. */
const unstated = {
  runed: { licence: 'MIT', begins: 'MIT License' },
  'svelte-toolbelt': { licence: 'MIT', begins: 'MIT License' }
}

/**
 * A plug-in for the bundle of the page.
 * @param {string} root the project's folder: this file itself may have become part of a bundled configuration
 * @returns {import('vite').Plugin}
 */
export function licencesPlugin(root) {
  return {
    name: 'licences',
    apply: 'build',
    generateBundle() {
      const folders = new Set([...this.getModuleIds()].map(packageFolderOf).filter((folder) => folder !== null))
      for (const folder of runtimePackages(root)) folders.add(folder)
      // One version may lie in several folders.
      const named = new Map([...folders].map(licenceOf).map((entry) => [`${entry.name}@${entry.version}`, entry]))
      const entries = [...named.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
      this.emitFile({ type: 'asset', fileName: LICENCES_FILE, source: `${JSON.stringify(entries, null, 1)}\n` })
    }
  }
}

/** The folder of the package that a module belongs to; null for our own. */
function packageFolderOf(id) {
  const path = id.replace(/^\0/, '').replaceAll('\\', '/')
  const at = path.lastIndexOf('/node_modules/')
  if (at < 0) return null
  const [first, second] = path.slice(at + '/node_modules/'.length).split('/')
  return `${path.slice(0, at)}/node_modules/${first.startsWith('@') ? `${first}/${second}` : first}`
}

/** What the processes behind the page load from node_modules, or have bundled. */
function runtimePackages(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return Object.entries(packages)
    .filter(([path, { dev }]) => path.startsWith('node_modules/') && dev !== true)
    .map(([path]) => join(root, path))
    .filter((folder) => existsSync(folder))
}

/** @throws Error for a package that does not say under which terms it may be passed on */
export function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.|$)/i.test(entry))
  const text = file === undefined ? null : readFileSync(join(folder, file), 'utf8').trim()
  const known = text?.startsWith(unstated[name]?.begins) === true ? unstated[name].licence : undefined
  const licence = typeof license === 'string' ? license : known
  if (licence === undefined || text === null) {
    throw new Error(`${name} ${version} in ${folder} does not say under which licence it comes.`)
  }
  return { name, version, licence, text }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const path = join(root, 'out', 'renderer', LICENCES_FILE)
  if (!existsSync(path)) throw new Error(`${path} is not there. Build Lamina first: npm run build.`)
  const entries = JSON.parse(readFileSync(path, 'utf8'))
  for (const { name, version, licence } of entries) console.log(`${licence.padEnd(14)}${name} ${version}`)
  const others = entries.filter(({ licence }) => !permitted.includes(licence))
  console.log(`${entries.length} packages, ${others.length} under a licence that has to be looked at`)
  if (others.length > 0) process.exitCode = 1
}
