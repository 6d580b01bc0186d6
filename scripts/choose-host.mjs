/**
 * Which host `npm start` opens: Electron when it can, otherwise the browser host, and why.
 *
 * @param {object} machine
 * @param {readonly string[]} machine.args what follows `npm start --`
 * @param {NodeJS.Platform} machine.platform
 * @param {NodeJS.ProcessEnv} machine.environment
 * @param {boolean} machine.isRoot
 * @param {() => Promise<string | null>} machine.fetchRuntime @returns null once the runtime is there, or why it is not
 * @param {() => string | null} machine.sandboxProblem asked once the runtime is there
 * @returns {Promise<{ host: 'electron' | 'web', reason: string | null, args: string[] }>} `reason`: why not Electron
 */
export async function chooseHost(machine) {
  const reason = await whyNotElectron(machine)
  const flagsOfElectron = ['--web', '--no-sandbox']
  if (reason === null) return { host: 'electron', reason, args: machine.args.filter((arg) => arg !== '--web') }
  return {
    host: 'web',
    reason: reason === '' ? null : reason,
    args: machine.args.filter((arg) => !flagsOfElectron.includes(arg))
  }
}

/** @returns null for Electron, an empty string where the browser host was asked for */
async function whyNotElectron({ args, platform, environment, isRoot, fetchRuntime, sandboxProblem }) {
  if (args.includes('--web')) return ''
  // What costs nothing to find out comes first; the runtime may take minutes.
  if (!hasDisplay(platform, environment)) return 'there is no display for a window'
  const unboxed = args.includes('--no-sandbox')
  const anyway = 'to open the window without it: npm start -- --no-sandbox'
  if (platform === 'linux' && isRoot && !unboxed) return `Chromium refuses its sandbox under root; ${anyway}`
  const missing = await fetchRuntime()
  if (missing !== null) return `the Electron runtime is not installed and could not be fetched (${missing})`
  const problem = platform === 'linux' && !unboxed ? sandboxProblem() : null
  return problem === null ? null : `${problem}; ${anyway}`
}

function hasDisplay(platform, environment) {
  if (platform === 'darwin' || platform === 'win32') return true
  return Boolean(environment.DISPLAY) || Boolean(environment.WAYLAND_DISPLAY)
}
