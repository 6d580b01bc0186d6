import type { Reporter, TestCase } from 'vitest/node'

/**
 * Ends a run with the reasons of skipped tests and one plain line, "N passed, N failed, N skipped", that both people
 * and continuous integration can read.
 */
export default class ClosingLineReporter implements Reporter {
  private passed = 0
  private failed = 0
  private readonly skipped: string[] = []

  onTestCaseResult(test: TestCase): void {
    const result = test.result()
    if (result.state === 'passed') this.passed++
    else if (result.state === 'failed') this.failed++
    else
      this.skipped.push(
        `${test.fullName}${result.state === 'skipped' && result.note !== undefined ? `: ${result.note}` : ''}`
      )
  }

  onTestRunEnd(
    modules: Parameters<NonNullable<Reporter['onTestRunEnd']>>[0],
    errors: Parameters<NonNullable<Reporter['onTestRunEnd']>>[1]
  ): void {
    // A file that does not even load, or an error outside any test, is a failure too.
    const broken = modules.filter((module) => module.state() === 'failed' && module.errors().length > 0).length
    const failed = this.failed + broken + errors.length
    for (const name of this.skipped) console.log(`skipped: ${name}`)
    console.log(`${this.passed} passed, ${failed} failed, ${this.skipped.length} skipped`)
  }
}
