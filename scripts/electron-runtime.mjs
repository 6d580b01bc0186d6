import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Some 110 MB; a slower line than this is better served by the browser host meanwhile. */
const FETCH_LIMIT_MS = 5 * 60 * 1000
const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules', 'electron')

/**
 * The Electron program the package brings, or null when it was not fetched yet. (The package itself fetches it whenever
 * it is imported, without a limit, so it is not asked.)
 */
export function electronProgram(electron = folder, environment = process.env) {
  const pathFile = join(electron, 'path.txt')
  if (!existsSync(pathFile)) return null
  const dist = environment.ELECTRON_OVERRIDE_DIST_PATH || join(electron, 'dist')
  const program = join(dist, readFileSync(pathFile, 'utf8').trim())
  return existsSync(program) ? program : null
}

/** Fetch the runtime. @returns null, or why it could not be fetched */
export function fetchElectron() {
  const installer = join(folder, 'install.js')
  if (!existsSync(installer)) return 'Electron is not installed'
  console.error('Fetching the Electron runtime (about 110 MB)…')
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [installer], {
      env: throughProxy(process.env),
      stdio: ['ignore', 'inherit', 'pipe'],
      timeout: FETCH_LIMIT_MS
    })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text
    })
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => {
      if (code === 0 && electronProgram() !== null) resolve(null)
      else if (signal !== null) resolve(`the download took longer than ${FETCH_LIMIT_MS / 60_000} minutes`)
      else resolve(fetchFailure(errors) ?? `the installer ended with exit code ${code}`)
    })
  })
}

/** The package looks at HTTPS_PROXY only when it is told to; recent versions of Node when they are. */
export function throughProxy(environment) {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']
  if (!names.some((name) => (environment[name] ?? '') !== '')) return environment
  return { ELECTRON_GET_USE_PROXY: 'true', NODE_USE_ENV_PROXY: '1', ...environment }
}

/** What the installer wrote, in words that name the place; null when it wrote nothing. */
export function fetchFailure(errors) {
  const line = errors.split('\n').find((text) => text.trim() !== '')
  const reason = line?.trim().replace(/^\w*Error: /, '') ?? null
  return reason === 'fetch failed' ? 'github.com cannot be reached' : reason
}

/**
 * Why Chromium could not make its sandbox on this Linux, or null when it can. Asking is better than starting: it would
 * end with a page of output about files inside node_modules.
 */
export function sandboxProblem(program, read = readSetting) {
  const forbidden =
    read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1' ||
    read('/proc/sys/kernel/unprivileged_userns_clone') === '0' ||
    read('/proc/sys/user/max_user_namespaces') === '0'
  if (!forbidden) return null
  const helper = statSync(join(dirname(program), 'chrome-sandbox'), { throwIfNoEntry: false })
  const suid = helper !== undefined && helper.uid === 0 && (helper.mode & 0o4000) !== 0
  return suid
    ? null
    : 'this system does not let Chromium make its sandbox (unprivileged user namespaces are restricted)'
}

function readSetting(path) {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}
