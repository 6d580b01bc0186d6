import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { launchBrowser, openDesigner, startHost, type RunningHost } from './designer'

/** The designer of the test that is running. */
export interface Designer {
  readonly page: Page
  /** Write a file that a person could choose. @returns its path */
  file(name: string, content: string | Uint8Array): string
}

/** One host and browser for all tests of a suite, a fresh designer for each; a page that complains fails its test. */
export function useDesigner(): Designer {
  let folder: string
  let host: RunningHost
  let browser: Browser
  let page: Page
  let complaints: string[]
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lamina-suite-'))
    host = await startHost()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await host.close()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    ;({ page, complaints } = await openDesigner(browser, host.address))
    await page.getByTestId('example-iris').waitFor()
  })
  afterEach(async () => {
    await page.context().close()
    expect(complaints).toEqual([])
  })
  return {
    get page() {
      return page
    },
    file(name, content) {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    }
  }
}
