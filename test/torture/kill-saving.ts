import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { formatDesign } from '../../src/shared/design/document'
import { designSchema, type Design } from '../../src/shared/design/schema'
import { messageOf } from '../../src/shared/errors'
import { emptyDesign } from '../../src/shared/network/propose'
import type { RunningHost } from '../e2e/support/designer'
import { SeededRandom } from '../support/seeded-random'
import { removedAfter } from './support/folder'
import { connectTo, kill, startKillable } from './support/killable-host'
import { inRounds } from './support/rounds'
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
  run: ({ seed, rounds, progress }) =>
    removedAfter(async (root): Promise<Outcome> => {
      const random = new SeededRandom(seed)
      const data = join(root, 'data')
      const folder = join(root, 'designs')
      const path = join(folder, NAME)
      let number = 0
      let [leftBehind, renewed] = [0, 0]
      await mkdir(folder)
      await writeFile(path, formatDesign(version(number)))
      let host = await startKillable(data, [path])
      try {
        const survival = await inRounds(rounds, 'round', async (round) => {
          const { acknowledged, underWay } = await killedWhileSaving(host, number, () => random.below(LONGEST_DELAY_MS))
          const found = await readFile(path, 'utf8').catch((error: unknown) => messageOf(error))
          const whole = [acknowledged, underWay].find((candidate) => found === formatDesign(version(candidate)))
          leftBehind += (await readdir(folder)).length - 1
          if (underWay !== acknowledged && whole === underWay) renewed++
          number = whole ?? underWay + 1
          if (whole === undefined) await writeFile(path, formatDesign(version(number)))
          host = await startKillable(data, [path])
          const tidied = await isTidied(folder)
          if (round % 20 === 0) progress(`${round} of ${rounds} kills`)
          return [
            ...(whole === undefined
              ? [`neither version ${acknowledged} nor ${underWay}, but ${found.slice(0, 80)} …`]
              : []),
            ...(tidied ? [] : [`temporary files were left: ${(await readdir(folder)).join(', ')}`])
          ]
        })
        const figures = { 'saves the kill came too late for': renewed, 'files left by kills, removed': leftBehind }
        return { ...survival, figures }
      } finally {
        await host.close()
      }
    })
}

/**
 * Saves one version after the other until the host is killed, some time after the first of them was.
 * @param from version that is on the disk
 * @returns the last version whose save was acknowledged, and the one whose save was under way
 */
async function killedWhileSaving(
  host: RunningHost,
  from: number,
  delay: () => number
): Promise<{ acknowledged: number; underWay: number }> {
  const client = await connectTo(host)
  const { launch } = await client.request('app.hello', {})
  const file = launch?.file.id ?? ''
  await client.request('design.open', { file })
  let [acknowledged, underWay] = [from, from]
  let stopped = false
  const saving = (async () => {
    while (!stopped) {
      underWay = acknowledged + 1
      await client.request('design.save', { design: version(underWay), file, dataset: null })
      acknowledged = underWay
    }
  })()
  // The end of the connection in the middle of a save is what this is about.
  const ended = saving.catch(() => undefined)
  while (acknowledged === from) await wait(1)
  await wait(delay())
  stopped = true
  await kill(host)
  await ended
  return { acknowledged, underWay }
}

/** Whether a folder holds the design alone, some time after a start. */
async function isTidied(folder: string): Promise<boolean> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await wait(10)) {
    if ((await readdir(folder)).length === 1) return true
  }
  return false
}
