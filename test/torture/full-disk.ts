import { chmod, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { JournalChange } from '../../src/shared/contract'
import { messageOf, type LaminaError } from '../../src/shared/errors'
import { emptyDesign } from '../../src/shared/network/propose'
import { exampleCsv } from '../e2e/support/actions'
import { SmallDisk } from './support/small-disk'
import { refusalOf, withLocalService, type LocalService } from './support/local-service'
import { vanishedDisks } from './support/vanished-disks'
import type { Outcome, Scenario } from './scenario'

const OLD = 'what was there before\n'
const ADVICE = /Choose|Free|Save/

interface Save {
  readonly what: string
  /** Save to a path that the person chooses. */
  to(path: string): Promise<unknown>
}
interface Trouble {
  readonly what: string
  readonly words: RegExp
  /** @returns where to save, and what has to be there afterwards: null for nothing */
  prepare(save: number): Promise<{ path: string; old: string | null }>
  over?(): Promise<void>
}

export const fullDisk: Scenario = {
  name: 'full-disk',
  claim:
    'Every kind of save onto a full or read-only disk, into a folder that is gone, under too long a name, over a folder or a protected file is refused with its path, the reason and what to do, and leaves the old file as it was. Work on a drive that is pulled out, or is read-only all at once, stays in the backup and can be saved elsewhere.',
  rounds: 34,
  run: () =>
    withLocalService(async (service) => {
      const disk = new SmallDisk(join(service.folder, 'disk'))
      const failures: string[] = []
      let survived = 0
      let rounds = 0
      const saves = await savesOf(service)
      const skipped = await disk.mount()
      try {
        for (const trouble of troubles(service.folder, disk, skipped)) {
          for (const [index, save] of saves.entries()) {
            rounds++
            const problem = await attempt(save, trouble, index)
            if (problem === null) survived++
            else failures.push(`${save.what}, ${trouble.what}: ${problem}`)
          }
          await trouble.over?.()
        }
        if (skipped === null) {
          const problem = await journalOn(disk)
          if (problem !== null) failures.push(`journal: ${problem}`)
          for (const { what, problem: gone } of await vanishedDisks()) {
            rounds++
            if (gone === null) survived++
            else failures.push(`${what}: ${gone}`)
          }
        }
      } finally {
        disk.unmount()
      }
      const figures: Record<string, string> =
        skipped === null ? {} : { 'skipped (disk full, read-only, pulled out)': skipped }
      return { survived, rounds, figures, failures } satisfies Outcome
    })
}

async function attempt(save: Save, trouble: Trouble, index: number): Promise<string | null> {
  const { path, old } = await trouble.prepare(index)
  let refusal: LaminaError | null
  try {
    refusal = await refusalOf(save.to(path))
  } catch (error) {
    return `a defect: ${messageOf(error)}`
  }
  if (refusal === null) return 'nothing was said'
  if (refusal.code !== 'writeFailed' && refusal.code !== 'permissionDenied')
    return `${refusal.code}: ${refusal.message}`
  if (!refusal.message.includes(dirname(path)) || !trouble.words.test(refusal.message) || !ADVICE.test(refusal.message))
    return `not clear: ${refusal.message}`
  const there = await readFile(path, 'utf8').catch(() => null)
  if (there !== old) return `the old file is not as it was: ${String(there).slice(0, 60)}`
  const names = await readdir(dirname(path)).catch(() => [])
  const hidden = names.filter((name) => name.startsWith('.lamina-'))
  return hidden.length === 0 ? null : `left behind: ${hidden.join(', ')}`
}

function troubles(folder: string, disk: SmallDisk, skipped: string | null): Trouble[] {
  const onDisk = async (save: number): Promise<{ path: string; old: string }> => {
    const path = join(disk.path, `old-${save}`)
    return { path, old: OLD }
  }
  const existing = async (path: string): Promise<{ path: string; old: string }> => {
    await writeFile(path, OLD)
    return { path, old: OLD }
  }
  const needsDisk: Trouble[] = [
    { what: 'disk full', words: /the disk is full/, prepare: onDisk, over: () => disk.makeReadOnly() },
    { what: 'disk read-only', words: /the disk is read-only|write-protected/, prepare: onDisk }
  ]
  return [
    ...(skipped === null ? needsDisk : []),
    {
      what: 'folder gone',
      words: /the folder .* does not exist/,
      async prepare(save) {
        const gone = join(folder, `gone-${save}`)
        await mkdir(gone)
        await rm(gone, { recursive: true })
        return { path: join(gone, 'file'), old: null }
      }
    },
    {
      what: 'name too long',
      words: /the name is too long/,
      prepare: (save) => Promise.resolve({ path: join(folder, `${save}${'n'.repeat(300)}`), old: null })
    },
    {
      what: 'file protected',
      words: /the file is write-protected/,
      async prepare(save) {
        const place = await existing(join(folder, `protected-${save}`))
        await chmod(place.path, 0o444)
        return place
      }
    },
    {
      what: 'a folder in its place',
      words: /it is a folder/,
      async prepare(save) {
        const path = join(folder, `folder-${save}`)
        await mkdir(path)
        return { path, old: null }
      }
    }
  ]
}

/** A journal on a full disk says so, takes up again when there is room, and has everything then. */
async function journalOn(disk: SmallDisk): Promise<string | null> {
  await disk.makeWritable()
  const folder = join(disk.path, 'service')
  await disk.free()
  await mkdir(folder)
  const change = (name: string): JournalChange => ({
    kind: 'whole',
    content: {
      base: { design: { ...emptyDesign(), name }, table: null },
      steps: [],
      head: { title: name.slice(0, 100), cursor: 0, saved: null, modified: true, file: null, tables: [] }
    }
  })
  const problem = await withLocalService(async ({ client }) => {
    const { journal } = await client.request('journal.write', { journal: null, change: change('Before') })
    await disk.fill()
    const long = change('n'.repeat(50_000))
    const refusal = await refusalOf(client.request('journal.write', { journal, change: long }))
    if (refusal === null || !/the disk is full\. Free/.test(refusal.message))
      return `told ${refusal?.message ?? 'nothing'}`
    await disk.free()
    await client.request('journal.write', { journal, change: change('After') })
    return null
  }, folder)
  if (problem !== null) return problem
  return withLocalService(async ({ client }) => {
    const [work] = await client.request('journal.list', {})
    return work?.title === 'After' ? null : `found ${work?.title ?? 'nothing'}`
  }, folder)
}

/** Every kind of save there is. */
async function savesOf({ client, host, folder, grant, train }: LocalService): Promise<Save[]> {
  const { run, table } = await train()
  const at = <T>(path: string, work: () => Promise<T>): Promise<T> => {
    host.answers.save = path
    return work()
  }
  await at(join(folder, 'w.weights.json'), () => client.request('weights.export', { run, file: null }))
  const weights = await client.request('weights.import', {
    file: await grant(join(folder, 'w.weights.json'), 'weights')
  })
  const example = await grant(exampleCsv('iris'), 'dataset')
  const { design } = await client.request('design.openExample', { example: 'iris' })
  const save = (params: { design: typeof design; dataset: string | null }): Promise<unknown> =>
    client.request('design.save', { ...params, file: null })
  return [
    { what: 'design', to: (path) => at(path, () => save({ design: emptyDesign(), dataset: null })) },
    { what: 'design with its example table', to: (path) => at(path, () => save({ design, dataset: example })) },
    { what: 'weights', to: (path) => at(path, () => client.request('weights.export', { run, file: null })) },
    {
      what: 'clean table',
      to: (path) => at(path, () => client.request('dataset.saveNormalized', { dataset: table, file: null }))
    },
    {
      what: 'predictions',
      to: (path) => at(path, () => client.request('weights.predictTable', { weights: weights.id, table, file: null }))
    }
  ]
}
