import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ensureChromium } from './browser'

const script = (name: string): string => fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url))

/** Tests run against what users run: the built program and the compiled engine, made anew when they are stale. */
export default function build(): void {
  execFileSync(process.execPath, [script('build-native.mjs'), '--strict'], { stdio: ['ignore', 'inherit', 'inherit'] })
  execFileSync(process.execPath, [script('ensure-built.mjs')], { stdio: ['ignore', 'inherit', 'inherit'] })
  const reason = ensureChromium()
  if (reason !== null) {
    if (process.env['CI'] !== undefined) throw new Error(`The end-to-end tests cannot run: ${reason}.`)
    console.warn(`The end-to-end tests are skipped: ${reason}.`)
  }
}
