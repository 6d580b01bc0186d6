import { spawn } from 'node:child_process'

/** Whether a browser opened from here would appear before the person who started Lamina. */
export function hasDisplay(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  const remote = environment['SSH_CONNECTION'] !== undefined
  if (platform === 'win32' || platform === 'darwin') return !remote
  // A display under SSH is a forwarded one: a browser through it is slower than a tunnel, but it is what was asked for.
  return [environment['DISPLAY'], environment['WAYLAND_DISPLAY']].some(
    (display) => display !== undefined && display !== ''
  )
}

/** The system's own way to open an address, as program and arguments. */
export function openerOf(platform: NodeJS.Platform, address: string): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open', address]
  // Not `start`, which is part of a shell that gives meaning to characters of the address.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', address]
  return ['xdg-open', address]
}

/**
 * Open an address in the person's browser; the address stays on the terminal should that fail.
 * @param failed called at most once, with the reason in words
 */
export function openBrowser(address: string, platform: NodeJS.Platform, failed: (reason: string) => void): void {
  const [program, ...args] = openerOf(platform, address)
  const opener = spawn(program, args, { stdio: 'ignore', detached: true })
  opener.once('error', (error: NodeJS.ErrnoException) =>
    failed(error.code === 'ENOENT' ? `there is no ${program}` : error.message)
  )
  opener.once('exit', (code) => {
    if (code !== null && code !== 0) failed(`${program} ended with exit code ${code}`)
  })
  opener.unref()
}
