import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { formatDesign } from '../../src/shared/design/document'
import { messageOf } from '../../src/shared/errors'
import { difference } from '../../src/shared/journal/patch'
import { SeededRandom } from '../support/seeded-random'
import { damagedBytes, damagedJson } from './support/damage'
import { refusalOf, withLocalService, type LocalService } from './support/local-service'
import type { Outcome, Scenario } from './scenario'

/** One kind of document, and opening it as a person would. */
interface Kind {
  readonly name: string
  readonly sound: Buffer
  damage(random: SeededRandom): Buffer
  /** @returns what the refusal says; null when it opened */
  open(bytes: Buffer): Promise<string | null>
}

export const damagedDocuments: Scenario = {
  name: 'damaged-documents',
  claim: 'A design, weights file or journal that was damaged in any way opens, or is refused with a message.',
  rounds: 10_000,
  run: ({ seed, rounds, progress }) =>
    withLocalService(async (service) => {
      const random = new SeededRandom(seed)
      const kinds = [await designs(service), await weights(service), await journals(service)]
      const failures: string[] = []
      const figures: Record<string, number> = {}
      let survived = 0
      for (const kind of kinds) {
        const refusal = await kind.open(kind.sound)
        if (refusal !== null) failures.push(`a sound ${kind.name} was refused: ${refusal}`)
      }
      for (let round = 0; round < rounds; round++) {
        const kind = random.pick(kinds)
        const bytes = kind.damage(random)
        try {
          const refusal = await kind.open(bytes)
          const outcome = `${kind.name} ${refusal === null ? 'opened' : 'refused'}`
          figures[outcome] = (figures[outcome] ?? 0) + 1
          if (refusal === '') failures.push(`round ${round}, ${kind.name}: refused without a word`)
          else survived++
        } catch (error) {
          const path = join(service.folder, '..', `lamina-damaged-${seed}-${round}`)
          await writeFile(path, bytes)
          failures.push(`round ${round}, ${kind.name} (kept as ${path}): ${messageOf(error)}`)
        }
        if (round % 1000 === 999) progress(`${round + 1} of ${rounds} documents`)
      }
      return { survived, rounds, figures, failures } satisfies Outcome
    })
}

/** @throws Error for a refusal that is none of the document: a defect */
async function asked(work: Promise<unknown>): Promise<string | null> {
  const refusal = await refusalOf(work)
  if (refusal === null) return null
  if (['internal', 'workerFailed', 'disconnected', 'busy'].includes(refusal.code)) throw refusal
  return refusal.message
}

const textOf = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)

async function designs({ client, folder, grant }: LocalService): Promise<Kind> {
  const { design } = await client.request('design.openExample', { example: 'digits' })
  const path = join(folder, 'damaged.lamina')
  const sound = Buffer.from(formatDesign(design))
  await writeFile(path, sound)
  const file = await grant(path, 'design')
  return {
    name: 'design',
    sound,
    damage: (random) =>
      random.chance(0.5) ? damagedBytes(sound, random) : textOf(damagedJson(structuredClone(design), random)),
    async open(bytes) {
      await writeFile(path, bytes)
      return asked(client.request('design.open', { file }))
    }
  }
}

async function weights({ client, host, folder, grant, train }: LocalService): Promise<Kind> {
  const { run } = await train()
  const path = join(folder, 'damaged.weights.json')
  host.answers.save = path
  await client.request('weights.export', { run, file: null })
  const sound = await readFile(path)
  const document: unknown = JSON.parse(sound.toString('utf8'))
  const file = await grant(path, 'weights')
  return {
    name: 'weights',
    sound,
    damage: (random) =>
      random.chance(0.5) ? damagedBytes(sound, random) : textOf(damagedJson(structuredClone(document), random)),
    async open(bytes) {
      await writeFile(path, bytes)
      return asked(client.request('weights.import', { file }))
    }
  }
}

async function journals({ client, host }: LocalService): Promise<Kind> {
  const { design } = await client.request('design.openExample', { example: 'wine' })
  const states = ['A', 'B', 'C', 'D'].map((name) => ({ design: { ...design, name }, table: null }))
  const steps = states.slice(1).map((state, index) => ({
    label: `Call it ${state.design.name}`,
    patch: difference(states[index], state)
  }))
  const [base] = states
  const head = { title: 'Wine', cursor: 2, saved: 0, modified: true, file: null, tables: [] }
  const records = [
    {
      format: 'lamina-journal',
      version: 1,
      at: 1,
      content: { base, steps: steps.slice(0, 1), head: { ...head, cursor: 1 } }
    },
    { at: 2, delta: { forget: 0, keep: 1, steps: steps.slice(1), savedUnchanged: false, head } },
    { at: 3, left: true }
  ]
  const line = (record: unknown): string => {
    const json = JSON.stringify(record)
    return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`
  }
  const sound = Buffer.from(records.map(line).join(''))
  // A folder of a service that is gone, as far as this one can tell.
  const folder = join(host.folders.data, 'journals', 'gone')
  await mkdir(folder, { recursive: true })
  const journal = '00000000-0000-4000-8000-000000000000'
  return {
    name: 'journal',
    sound,
    // With sums that are right, what the records say is looked at as well.
    damage: (random) =>
      random.chance(0.5)
        ? damagedBytes(sound, random)
        : Buffer.from((damagedJson(structuredClone(records), random) as unknown[]).map(line).join('')),
    async open(bytes) {
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, `${journal}.journal`), bytes)
      const lost = await client.request('journal.list', {})
      const refusal = await asked(client.request('journal.take', { journal }))
      // What was taken belongs to the client; another document takes its place and is closed.
      if (refusal === null) {
        const content = { base: { design: {}, table: null }, steps: [], head: { ...head, cursor: 0, saved: null } }
        await client.request('journal.write', { journal, change: { kind: 'whole', content } })
      } else await client.request('journal.discard', { journal })
      const told = lost.find((work) => work.journal === journal)
      return refusal ?? (told?.restorable === false ? 'It was said to be damaged, and opened.' : null)
    }
  }
}
