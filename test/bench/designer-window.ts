import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { startHost, type RunningHost } from '../e2e/support/designer'
import { findChromium, launchBrowser } from '../support/browser'

export interface DesignerWindow {
  readonly browser: Browser
  readonly host: RunningHost
  /** Removed afterwards. */
  readonly folder: string
}

/**
 * Measure something in a real browser that has the designer.
 * @param what is measured, for the reason why it is not
 * @returns null, with the reason on stderr, where there is no browser
 */
export async function inDesignerWindow<T>(
  what: string,
  measure: (window: DesignerWindow) => Promise<T>
): Promise<T | null> {
  if (findChromium() === null) {
    console.error(`${what} is not measured: there is no Chromium on this machine.`)
    return null
  }
  const folder = mkdtempSync(join(tmpdir(), 'lamina-bench-'))
  const browser = await launchBrowser()
  const host = await startHost()
  try {
    return await measure({ browser, host, folder })
  } finally {
    await browser.close()
    await host.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
