/**
 * npm run dev:web: the browser host for developers. The page comes from Vite, with hot replacement; everything else is the
 * built browser host, which Vite passes requests on to and which starts anew whenever its sources change.
 */
import { spawn } from 'node:child_process'
import { createServer as createNetServer } from 'node:net'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resolveConfig } from 'electron-vite'
import { build, createServer, mergeConfig } from 'vite'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
process.env.NODE_ENV_ELECTRON_VITE = 'development'

const hostPort = await freePort()
let host = null
let cookie = ''
let ending = false

const { config } = await resolveConfig({}, 'serve', 'development')
const page = await createServer(
  mergeConfig(config.renderer, {
    clearScreen: false,
    server: {
      host: '127.0.0.1',
      proxy: { '/socket': passOn({ ws: true }), '/upload': passOn(), '/download': passOn() }
    }
  })
)
const watcher = await build(
  mergeConfig(config.main, {
    clearScreen: false,
    build: { watch: {} },
    plugins: [{ name: 'restart-host', writeBundle: startHost }]
  })
)
await page.listen()
console.log(`Lamina, as it is being written: ${page.resolvedUrls?.local[0]}`)
console.log('Ctrl+C ends it.')
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void end())

/** Requests go on as they are, Host and Origin included, so that the host checks them as always; only the session is added. */
function passOn(options = {}) {
  const addSession = (request) => request.setHeader('cookie', cookie)
  return {
    target: `http://127.0.0.1:${hostPort}`,
    ...options,
    configure: (proxy) => {
      proxy.on('proxyReq', addSession)
      proxy.on('proxyReqWs', addSession)
    }
  }
}

async function startHost() {
  await stopHost()
  if (ending) return
  host = spawn(
    process.execPath,
    ['out/main/web.js', '--no-open', '--port', String(hostPort), ...process.argv.slice(2)],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit']
    }
  )
  let output = ''
  host.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
    const address = /http:\S+/.exec(output)?.[0]
    if (address === undefined) return
    output = ''
    takeSession(address).catch((error) => console.error(`The browser host did not let us in: ${error.message}`))
  })
  host.on('exit', (code) => {
    if (code !== 0 && !ending)
      console.error(`The browser host ended with exit code ${code}; it starts anew with the next change.`)
  })
}

async function takeSession(address) {
  const answer = await fetch(address)
  cookie = answer.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
}

async function stopHost() {
  const old = host
  host = null
  if (old === null || old.exitCode !== null || old.signalCode !== null) return
  const ended = new Promise((resolve) => old.once('exit', resolve))
  old.kill('SIGTERM')
  await ended
}

async function end() {
  ending = true
  await Promise.all([stopHost(), watcher.close(), page.close()])
  process.exit(0)
}

/** One port for as long as this runs: Vite knows it, and the host takes it again with each start. */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createNetServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
