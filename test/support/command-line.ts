import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, expect, vi } from 'vitest'
import { runCli } from '../../src/cli/program'
import type { Design } from '../../src/shared/design/schema'
import { LocalWorkers } from './local-workers'
import { temporaryFolder } from './temporary-folder'
import { TestTerminal } from './test-terminal'
import { resources } from './test-service'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The command line in this process, in a fresh folder with `iris.csv` for every test. */
export class CommandLine {
  readonly root = temporaryFolder()
  folder = ''
  private cases = 0

  constructor() {
    beforeAll(() => {
      vi.stubEnv('LAMINA_CACHE_FOLDER', join(this.root, 'cache'))
      vi.stubEnv('LAMINA_DATA_FOLDER', join(this.root, 'data'))
    })
    beforeEach(() => {
      this.folder = join(this.root, `case-${this.cases++}`)
      mkdirSync(this.folder)
      this.takeExample('iris.csv')
    })
  }

  takeExample(name: string): void {
    copyFileSync(join(resources, 'examples', name), this.here(name))
  }
  here(name: string): string {
    return join(this.folder, name)
  }
  text(name: string): string {
    return readFileSync(this.here(name), 'utf8')
  }
  edit(name: string, change: (design: Design) => unknown): void {
    writeFileSync(this.here(name), JSON.stringify(change(JSON.parse(this.text(name)) as Design)))
  }

  async run(
    args: readonly string[],
    terminal = new TestTerminal(this.folder),
    workers = new LocalWorkers()
  ): Promise<Ran> {
    const code = await runCli(args, { terminal, startWorker: workers.start })
    await workers.disposed()
    expect(workers.reports).toEqual([])
    return { code, stdout: terminal.stdout, stderr: terminal.stderr }
  }

  /** A small design of iris. */
  async newIris(): Promise<void> {
    expect(await this.run(['new', 'iris.csv', '--target', 'species', '--hidden', '8:relu'])).toMatchObject({
      code: 0,
      stderr: ''
    })
  }
}
