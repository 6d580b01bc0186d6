import { LaminaError, messageOf } from '../shared/errors'
import { parseWebArguments, usage, type WebArguments } from './arguments'
import { hasDisplay, openBrowser } from './browser'
import { runWebHost, type RunningWebHost } from './run'

const PATIENCE_MS = 5000

process.setSourceMapsEnabled(true)
await main()

async function main(): Promise<void> {
  try {
    const args = parseWebArguments(process.argv.slice(2), process.cwd())
    if (args === null) {
      process.stdout.write(usage)
      return
    }
    const host = await runWebHost(args, log)
    endOnSignals(host)
    announce(host, args)
  } catch (error) {
    // A defect shows where it is; everything else says what to do and needs no stack.
    process.stderr.write(
      `${error instanceof LaminaError && error.code !== 'internal' ? error.message : stackOf(error)}\n`
    )
    process.exitCode = error instanceof LaminaError && error.code === 'invalidArgument' ? 2 : 1
  }
}

function announce(host: RunningWebHost, args: WebArguments): void {
  const lines = ['Lamina is running for browsers on this machine:', `  ${host.address}`]
  if (process.env['SSH_CONNECTION'] !== undefined) {
    lines.push(
      `From another machine, first open a tunnel there: ssh -L ${host.port}:127.0.0.1:${host.port} <this machine>`
    )
  }
  lines.push('Ctrl+C ends it.')
  process.stdout.write(`${lines.join('\n')}\n`)
  if (args.openBrowser && hasDisplay(process.env, process.platform)) {
    openBrowser(host.oneTimeAddress(), process.platform, (reason) =>
      log('warning', `No browser could be opened (${reason}); open the address above.`)
    )
  }
}

/** Ctrl+C, a closed terminal and service managers all end the host in good order; asking twice ends it at once. */
function endOnSignals(host: RunningWebHost): void {
  let ending = false
  const end = (): void => {
    if (ending) process.exit(1)
    ending = true
    setTimeout(() => {
      log('error', 'Lamina did not end in good order.')
      process.exit(1)
    }, PATIENCE_MS).unref()
    host.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log('error', `Lamina did not end in good order: ${stackOf(error)}`)
        process.exit(1)
      }
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
}

function log(level: 'info' | 'warning' | 'error', message: string): void {
  process.stderr.write(`lamina ${level}: ${message}\n`)
}

function stackOf(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error)
}
