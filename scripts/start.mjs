/**
 * npm start: opens Lamina in a window of its own, or in the browser where that is not possible.
 * npm run web: opens it in the browser.
 */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chooseHost } from './choose-host.mjs'
import { electronProgram, fetchElectron, sandboxProblem } from './electron-runtime.mjs'
import { ensureBuilt } from './ensure-built.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

try {
  const { host, reason, args } = await chooseHost({
    args: process.argv.slice(2),
    platform: process.platform,
    environment: process.env,
    isRoot: process.getuid?.() === 0,
    fetchRuntime: async () => (electronProgram() === null ? fetchElectron() : null),
    sandboxProblem: () => sandboxProblem(electronProgram())
  })
  if (reason !== null) console.error(`Lamina opens in the browser: ${reason}.`)
  await ensureBuilt()
  if (host === 'electron') run(electronProgram(), [root, ...args], withoutNodeMode(process.env))
  else run(process.execPath, [join(root, 'out', 'main', 'web.js'), ...args], process.env)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

/** Become the program, as far as signals and the exit code go. */
function run(program, args, env) {
  const child = spawn(program, args, { stdio: 'inherit', env })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) {
    process.on(signal, () => {
      // A terminal sends Ctrl+C to both, and twice would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    console.error(`${program} could not be started: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 1
    if (signal === null) return
    // The same end for whoever waits for this process.
    for (const name of signals) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}

/** Terminals inside Electron programs set this; it would make ours a plain Node. */
function withoutNodeMode({ ELECTRON_RUN_AS_NODE: _, ...environment }) {
  return environment
}
