import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { formatDesign } from '../../src/shared/design/document'
import { designSchema, type Design } from '../../src/shared/design/schema'
import { messageOf } from '../../src/shared/errors'
import { emptyDesign } from '../../src/shared/network/propose'
import { SeededRandom } from '../support/seeded-random'
import { connectTo, kill, startKillable } from './support/killable-host'
import type { Outcome, Scenario } from './scenario'

const NAME = 'victim.lamina'
/** Large enough for a write to take a while: about a megabyte. */
const BLOCKS = 6000
const LONGEST_DELAY_MS = 60
const PATIENCE_MS = 5000

/** A design whose every block tells which one it is, as the service reads it: a file keeps the order of its keys. */
function version(number: number): Design {
  const { network, ...rest } = emptyDesign()
  const blocks = Array.from({ length: BLOCKS }, (_, index) => ({
    id: `dense-${index + 1}`,
    type: 'dense' as const,
    units: (number % 1000) + 1,
    initializer: 'he' as const,
    position: { x: index, y: number }
  }))
  return designSchema.parse({
    ...rest,
    name: `Version ${number}`,
    network: { ...network, nodes: [...network.nodes, ...blocks] }
  })
}

export const killSaving: Scenario = {
  name: 'kill-saving',
  claim:
    'A service killed while it saves leaves the file wholly as it was or wholly as it was to be, and the next start removes what the kill left beside it.',
  rounds: 200,
  async run({ seed, rounds, progress }) {
    const random = new SeededRandom(seed)
    const root = await mkdtemp(join(tmpdir(), 'lamina-kill-saving-'))
    const folder = join(root, 'designs')
    const path = join(folder, NAME)
    const failures: string[] = []
    let survived = 0
    let leftBehind = 0
    let renewed = 0
    let number = 0
    try {
      await mkdir(folder)
      await writeFile(path, formatDesign(version(number)))
      for (let round = 1; round <= rounds; round++) {
        const host = await startKillable(join(root, 'data'), [path])
        let acknowledged = number
        let underWay = number
        let stopped = false
        const client = await connectTo(host)
        const { launch } = await client.request('app.hello', {})
        const tidied = await isTidied(folder)
        await client.request('design.open', { file: launch?.file.id ?? '' })
        const saving = (async () => {
          while (!stopped) {
            underWay = acknowledged + 1
            const params = { design: version(underWay), file: launch?.file.id ?? '', dataset: null }
            await client.request('design.save', params)
            acknowledged = underWay
          }
        })()
        // The end of the connection in the middle of a save is what this is about.
        const ended = saving.catch(() => undefined)
        while (acknowledged === number) await wait(1)
        await wait(random.below(LONGEST_DELAY_MS))
        stopped = true
        await kill(host)
        await ended
        const found = await readFile(path, 'utf8').catch((error: unknown) => messageOf(error))
        const wholes = [acknowledged, underWay].filter((candidate) => found === formatDesign(version(candidate)))
        leftBehind += (await readdir(folder)).length - 1
        if (underWay !== acknowledged && wholes.includes(underWay)) renewed++
        if (wholes.length > 0 && tidied) survived++
        else if (!tidied)
          failures.push(`round ${round}: temporary files were left: ${(await readdir(folder)).join(', ')}`)
        else
          failures.push(`round ${round}: neither version ${acknowledged} nor ${underWay}, but ${found.slice(0, 80)} …`)
        number = wholes[0] ?? number + 2
        if (wholes.length === 0) await writeFile(path, formatDesign(version(number)))
        if (round % 20 === 0) progress(`${round} of ${rounds} kills`)
      }
      // The last kill's remains as well.
      const last = await startKillable(join(root, 'data'), [path])
      if (!(await isTidied(folder))) failures.push('temporary files were left by the last kill')
      await kill(last)
    } finally {
      await rm(root, { recursive: true, force: true })
    }
    const figures = { 'saves the kill came too late for': renewed, 'files left by kills, removed': leftBehind }
    return { survived, rounds, figures, failures } satisfies Outcome
  }
}

/** Whether a folder holds the design alone, some time after a start. */
async function isTidied(folder: string): Promise<boolean> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await wait(10)) {
    if ((await readdir(folder)).length === 1) return true
  }
  return false
}
