import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Found {
  id: string
  impact: string
  help: string
  nodes: { target: string[]; failureSummary: string }[]
}

interface Report {
  violations: Found[]
  /** Rules that found something to look at and nothing wrong with it. */
  passes: unknown[]
}

/**
 * Every rule of WCAG A and AA and of good practice that the page breaks, one line for each place.
 * @param within looks at these parts alone
 */
export async function violations(page: Page, within = 'html'): Promise<string[]> {
  // Through the debugger: the page itself runs no script that is not its own.
  await page.evaluate(`globalThis.axe === undefined && (() => { ${axe} })()`)
  const report = await page.evaluate(
    (selector) => (globalThis as unknown as { axe: { run(on: string): Promise<Report> } }).axe.run(selector),
    within
  )
  expect(report.passes.length).toBeGreaterThan(3)
  return report.violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id} (${help}) at ${target.join(' ')}: ${failureSummary}`)
  )
}
