import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Runs a script that builds something that is stale. What it says goes to stderr: stdout is for results. */
export function build(script: string, ...args: string[]): void {
  const path = fileURLToPath(new URL(`../../scripts/${script}`, import.meta.url))
  const { status } = spawnSync(process.execPath, [path, ...args], { stdio: ['ignore', process.stderr.fd, 'inherit'] })
  if (status !== 0) throw new Error(`Building failed: scripts/${script} ended with exit code ${status ?? 'none'}.`)
}
