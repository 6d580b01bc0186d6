import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { JournalChange } from '../../../src/shared/contract'
import { messageOf } from '../../../src/shared/errors'
import { parseDesign } from '../../../src/shared/design/document'
import type { Design } from '../../../src/shared/design/schema'
import { emptyDesign } from '../../../src/shared/network/propose'
import { refusalOf, withLocalService, type LocalService } from './local-service'
import { SmallDisk } from './small-disk'

interface Vanishing {
  readonly what: string
  go(disk: SmallDisk): Promise<void>
  /** What a save is told. */
  readonly told: RegExp
  /** What is told to somebody who saves there all the same; null where that succeeds. */
  readonly insisted: RegExp | null
}

const vanishings: readonly Vanishing[] = [
  {
    what: 'pulled out',
    go: (disk) => Promise.resolve(disk.unmount()),
    told: /is not there any more: .* or its disk is gone\. Nothing was written\. Save .* under another name/,
    // Where it was there is an ordinary folder now.
    insisted: null
  },
  {
    what: 'pulled out with its folder',
    async go(disk) {
      disk.unmount()
      await rm(disk.path, { recursive: true })
    },
    told: /is not there any more: .* or its disk is gone\. Nothing was written\. Save .* under another name/,
    insisted: /the folder .* does not exist\. Choose another folder/
  },
  {
    what: 'read-only since an error',
    go: (disk) => disk.makeReadOnly(),
    told: /the disk is read-only|write-protected/,
    insisted: /the disk is read-only|write-protected/
  }
]

/**
 * A drive goes while a design of it is open and edited: saving says so, the edit stays in the backup and can be saved
 * elsewhere, and so it is when the drive of the backups goes. Needs a system where drives can be mounted.
 * @returns of each drive what it was and what was wrong; null when nothing was
 */
export async function vanishedDisks(): Promise<{ what: string; problem: string | null }[]> {
  const found: { what: string; problem: string | null }[] = []
  const tell = async (what: string, work: () => Promise<string | null>): Promise<void> => {
    const problem = await work().catch((error: unknown) => `a defect: ${messageOf(error)}`)
    found.push({ what, problem })
  }
  for (const vanishing of vanishings)
    await tell(`the design's drive ${vanishing.what}`, () =>
      withLocalService(async (service) => {
        const problem = await withDisk(service, (disk) => designGone(service, disk, vanishing))
        return problem ?? (await backedUp(service.folder, 'Edited'))
      })
    )
  await tell('the drive of the backups pulled out', () =>
    withLocalService((outer) => withDisk(outer, (disk) => backupsGone(disk)))
  )
  return found
}

async function withDisk(
  { folder }: LocalService,
  work: (disk: SmallDisk) => Promise<string | null>
): Promise<string | null> {
  const disk = new SmallDisk(join(folder, 'stick'))
  const skipped = await disk.mount()
  if (skipped !== null) return skipped
  try {
    await disk.free()
    return await work(disk)
  } finally {
    disk.unmount()
  }
}

async function designGone(
  { client, host, folder }: LocalService,
  disk: SmallDisk,
  { go, told, insisted }: Vanishing
): Promise<string | null> {
  const path = join(disk.path, 'mine.lamina')
  const elsewhere = join(folder, 'elsewhere.lamina')
  const before: Design = { ...emptyDesign(), name: 'Before' }
  const edited: Design = { ...before, name: 'Edited' }
  host.answers.save = path
  const first = await client.request('design.save', { design: before, file: null, dataset: null })
  const file = first?.saved.file.id ?? ''
  const { journal } = await client.request('journal.write', { journal: null, change: whole(before, file) })
  await go(disk)
  await client.request('journal.write', { journal, change: whole(edited, file) })
  const save = { design: edited, file, dataset: null }
  const refusal = await refusalOf(client.request('design.save', save))
  if (refusal === null || !told.test(refusal.message) || !refusal.message.includes(path))
    return `told ${refusal?.message ?? 'nothing'}`
  const again = await refusalOf(client.request('design.save', { ...save, overwrite: true }))
  if (insisted === null ? again !== null : again === null || !insisted.test(again.message))
    return `told ${again?.message ?? 'nothing'} when saving there all the same`
  host.answers.save = elsewhere
  await client.request('design.save', { ...save, file: null })
  const saved = parseDesign(await readFile(elsewhere, 'utf8'), 'elsewhere.lamina')
  return isDeepStrictEqual(saved, edited) ? null : `saved elsewhere: ${JSON.stringify(saved)}`
}

async function backupsGone(disk: SmallDisk): Promise<string | null> {
  const folder = join(disk.path, 'service')
  await mkdir(folder)
  await withLocalService(async ({ client }) => {
    const design: Design = emptyDesign()
    const { journal } = await client.request('journal.write', {
      journal: null,
      change: whole({ ...design, name: 'Before' }, null)
    })
    disk.unmount()
    await client.request('journal.write', { journal, change: whole({ ...design, name: 'Edited' }, null) })
  }, folder)
  return backedUp(folder, 'Edited')
}

/** What the next start offers. */
async function backedUp(folder: string, title: string): Promise<string | null> {
  return withLocalService(async ({ client }) => {
    const [work] = await client.request('journal.list', {})
    if (work?.title !== title) return `the backup holds ${work?.title ?? 'nothing'}`
    const { content } = await client.request('journal.take', { journal: work.journal })
    return content.base.design['name'] === title ? null : 'the backup holds another design'
  }, folder)
}

function whole(design: Design, file: string | null): JournalChange {
  return {
    kind: 'whole',
    content: {
      base: { design: { ...design }, table: null },
      steps: [],
      head: { title: design.name, cursor: 0, saved: null, modified: true, file, tables: [] }
    }
  }
}
