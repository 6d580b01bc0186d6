import { expect, it } from 'vitest'
import { CommandLine } from '../../support/command-line'

const cli = new CommandLine()

it.each([
  ['iris', 'species', 0.94],
  ['wine', 'cultivar', 0.96],
  ['digits', 'digit', 0.96]
])('a fresh design for %s learns to tell every %s', async (name, target, expected) => {
  cli.takeExample(`${name}.csv`)
  expect((await cli.run(['new', `${name}.csv`, '--target', target])).code).toBe(0)
  let sum = 0
  for (let seed = 1; seed <= 10; seed++) {
    const { code, stdout } = await cli.run(['train', `${name}.lamina`, '--seed', String(seed), '--json'])
    expect(code).toBe(0)
    sum += (JSON.parse(stdout) as { validationAccuracy: number }).validationAccuracy
  }
  expect(sum / 10).toBeGreaterThanOrEqual(expected)
})
