import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

/** Run a TypeScript program of test/ in a process of its own. @returns its exit code */
export function runTypeScript(path, args) {
  const runner = createRequire(import.meta.url).resolve('tsx/cli')
  return spawnSync(process.execPath, [runner, path, ...args], { stdio: 'inherit' }).status ?? 1
}
