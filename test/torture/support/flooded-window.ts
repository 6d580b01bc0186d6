import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { downloadFrom, exampleCsv, lamina, stateText } from '../../e2e/support/actions'
import { launchBrowser, openDesigner, startHost, type RunningHost } from '../../e2e/support/designer'
import type { Ordeal } from '../scenario'
import { inRounds, type Survival } from './rounds'
import { Witness } from './witness'

/** What came of one round. */
export interface Flooded {
  readonly wrong: readonly string[]
  /** In a few words, for whoever waits. */
  readonly told: string
}

/**
 * Do something so often to a window whose run floods it; in the last round, what it has in the end is compared too.
 * @param each what a round is called
 * @param begin starts the run; @returns one round
 */
export async function inFloodedWindow(
  { rounds, progress }: Ordeal,
  each: string,
  begin: (window: FloodedWindow) => Promise<(round: number) => Promise<Flooded>>
): Promise<Survival> {
  const window = await FloodedWindow.open()
  try {
    const once = await begin(window)
    return await inRounds(rounds, each, async (round) => {
      const { wrong, told } = await once(round)
      const ends = round === rounds ? await window.compareEnds() : []
      progress(`${each} ${round}: ${told}`)
      return [...wrong, ...ends]
    })
  } finally {
    await window.close()
  }
}

/** A window in a real browser that watches a run of hundreds of thousands of steps a second, and a witness beside it. */
export class FloodedWindow {
  private constructor(
    readonly page: Page,
    readonly cdp: CDPSession,
    readonly host: RunningHost,
    readonly witness: Witness,
    /** Whatever the page or the witness complained about. */
    private readonly complaints: readonly string[],
    private readonly browser: Browser,
    private readonly folder: string
  ) {}

  /** Opens the window with a design that trains for a quarter of an hour or more; nothing trains yet. */
  static async open(): Promise<FloodedWindow> {
    const folder = mkdtempSync(join(tmpdir(), 'lamina-flood-'))
    const design = join(folder, 'iris.lamina')
    copyFileSync(exampleCsv('iris'), join(folder, 'iris.csv'))
    await lamina('new', join(folder, 'iris.csv'), '--target', 'species', '-o', design)
    const document = JSON.parse(readFileSync(design, 'utf8'))
    document.training = { ...document.training, epochs: 10_000_000, batchSize: 1 }
    writeFileSync(design, JSON.stringify(document))
    const host = await startHost([design])
    const browser = await launchBrowser()
    const { page, complaints } = await openDesigner(browser, host.address)
    await page.getByTestId('total-parameters').filter({ hasText: /\d/ }).waitFor()
    const cookies = await page.context().cookies(host.address)
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const witness = await Witness.arrive(host.address, cookie, (problem) => complaints.push(String(problem)))
    const cdp = await page.context().newCDPSession(page)
    return new FloodedWindow(page, cdp, host, witness, complaints, browser, folder)
  }

  async train(): Promise<void> {
    await this.page.getByTestId('train').click()
    await this.page.getByTestId('pause').waitFor()
  }

  /** Bytes of the page's JavaScript heap that something still holds on to. */
  async heap(): Promise<number> {
    await this.cdp.send('HeapProfiler.collectGarbage')
    return (await this.cdp.send('Runtime.getHeapUsage')).usedSize
  }

  /** The step the window shows. */
  async shownStep(): Promise<number> {
    const text = await this.page.getByTestId('step-text').textContent()
    return Number((text ?? '').replace(/\D/g, ''))
  }

  /** Stops the run and compares what the window has with what the witness saw. @returns what differs, in words */
  async compareEnds(): Promise<string[]> {
    const { page, witness } = this
    await page.getByTestId('stop').click()
    await stateText(page).filter({ hasText: 'Stopped' }).waitFor()
    const differences: string[] = []
    const expect = (what: string, shown: unknown, true_: unknown): void => {
      if (shown !== true_) differences.push(`${what} is ${String(true_)}; the window has ${String(shown)}`)
    }
    expect('the state', 'stopped', witness.progress?.state)
    expect('the step', await this.shownStep(), witness.step)
    const rows = await this.measurements()
    const steps = rows.filter((row) => row.series === 'Each step')
    expect('the number of steps covered', sum(steps.map((row) => row.count)), witness.step)
    expect('the last step covered', steps.at(-1)?.step, witness.step)
    for (const [series, value] of [
      ['Training', witness.lastEpoch?.trainLoss],
      ['Validation', witness.lastEpoch?.validationLoss]
    ] as const) {
      const last = rows.filter((row) => row.series === series).at(-1)
      expect(`the last epoch of ${series}`, last?.epoch, witness.lastEpoch?.epoch)
      expect(`the last loss of ${series}`, last?.value, value)
    }
    return [...differences, ...this.complaints]
  }

  async close(): Promise<void> {
    this.witness.leave()
    await this.browser.close()
    await this.host.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** What the loss chart holds, as it saves it. */
  private async measurements(): Promise<Measurement[]> {
    await this.page.getByRole('button', { name: 'Export Loss' }).click()
    const { path } = await downloadFrom(this.page, () => this.page.getByRole('menuitem', { name: /CSV/ }).click())
    const [, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n')
    return lines.map((line) => {
      const [series = '', step, epoch, , count, value] = line.split(',')
      return { series, step: Number(step), epoch: Number(epoch), count: Number(count), value: Number(value) }
    })
  }
}

interface Measurement {
  readonly series: string
  readonly step: number
  readonly epoch: number
  readonly count: number
  readonly value: number
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

export function megabytes(bytes: number, digits: number): string {
  return `${(bytes / 1e6).toFixed(digits)} MB`
}
