import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LaminaError, messageOf } from '../shared/errors'
import { defaultSettings, settingsSchema, type Settings } from '../shared/program-documents'
import { parse } from '../shared/validate'
import { writeFileAtomically } from '../files/atomic-write'
import { readText } from './files/read-text'
import { writeError } from '../files/system-error'

/** What a person chose for all designs, kept in a file. One that cannot be read costs the choices, never the program. */
export class SettingsFile {
  private loading: Promise<Settings> | null = null

  constructor(
    private readonly path: string,
    private readonly warn: (message: string) => void
  ) {}

  now(): Promise<Settings> {
    this.loading ??= this.read()
    return this.loading
  }

  /** @throws LaminaError `writeFailed`, `permissionDenied`; the choices stay as they were */
  async change(changes: Partial<Pick<Settings, 'tableMemory' | 'runs'>>): Promise<Settings> {
    const settings = { ...(await this.now()), ...changes }
    try {
      await mkdir(dirname(this.path), { recursive: true })
      await writeFileAtomically(this.path, `${JSON.stringify(settings, null, 2)}\n`)
    } catch (error) {
      throw error instanceof LaminaError ? error : writeError(this.path, error)
    }
    this.loading = Promise.resolve(settings)
    return settings
  }

  private async read(): Promise<Settings> {
    try {
      const value: unknown = JSON.parse(await readText(this.path))
      return parse(settingsSchema, value, { what: this.path, code: 'invalidArgument' })
    } catch (error) {
      if (!(error instanceof LaminaError) || error.code !== 'notFound')
        this.warn(`The settings are as they were in the beginning: ${messageOf(error)}`)
      return defaultSettings
    }
  }
}
