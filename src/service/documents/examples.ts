import { join } from 'node:path'
import type { ExampleSummary } from '../../shared/contract'
import { parseDesign } from '../../shared/design/document'
import type { Design } from '../../shared/design/schema'
import { LaminaError } from '../../shared/errors'
import { exampleIndexSchema, type ExampleEntry } from '../../shared/program-documents'
import { parse } from '../../shared/validate'
import { readText } from '../files/read-text'

/** The projects that come with the program. */
export class Examples {
  private readonly folder: string
  private entries: readonly ExampleEntry[] | null = null

  constructor(resources: string) {
    this.folder = join(resources, 'examples')
  }

  async list(): Promise<ExampleSummary[]> {
    const entries = await this.index()
    return entries.map(({ id, title, description, rows, columns }) => ({ id, title, description, rows, columns }))
  }

  async tablePaths(): Promise<string[]> {
    return (await this.index()).map(({ dataset }) => join(this.folder, dataset))
  }

  /** @throws LaminaError `notFound` */
  async read(id: string): Promise<{ design: Design; tablePath: string }> {
    const entry = (await this.index()).find((example) => example.id === id)
    if (entry === undefined) throw new LaminaError('notFound', `There is no example "${id}".`, { example: id })
    const design = parseDesign(await readText(join(this.folder, entry.design)), entry.design)
    return { design, tablePath: join(this.folder, entry.dataset) }
  }

  private async index(): Promise<readonly ExampleEntry[]> {
    if (this.entries !== null) return this.entries
    const path = join(this.folder, 'index.json')
    const value: unknown = JSON.parse(await readText(path))
    this.entries = parse(exampleIndexSchema, value, { what: path, code: 'internal' }).examples
    return this.entries
  }
}
