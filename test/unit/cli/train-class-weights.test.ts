import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ClassWeights } from '../../../src/shared/class-weights'
import { CommandLine } from '../../support/command-line'

const cli = new CommandLine()

/** A design of 90 rows that say no and 10 that say yes, which overlap. */
async function newRare(target: string): Promise<void> {
  const rows = Array.from({ length: 100 }, (_, i) => `${(i * 37) % 100},${i % 10 === 0 ? 'yes' : 'no'},${i}`)
  writeFileSync(cli.here('rare.csv'), `x,answer,number\n${rows.join('\n')}\n`)
  expect((await cli.run(['new', 'rare.csv', '--target', target, '--hidden', '4:tanh'])).code).toBe(0)
}
function weigh(classWeights: ClassWeights): void {
  cli.edit('rare.lamina', (design) => ({ ...design, training: { ...design.training, classWeights, epochs: 3 } }))
}

describe('lamina train with class weights', () => {
  it('weighs classes as the design says, and says so', async () => {
    await newRare('answer')
    weigh('balanced')
    // 72 rows say no and 8 say yes among the 80 to train on: 80 / (2 · 72) and 80 / (2 · 8).
    const balanced = await cli.run(['train', 'rare.lamina', '--weights', 'balanced.json'])
    expect(balanced.stdout).toContain('Losses are weighted by class (no 0.556, yes 5), accuracies are not\n')
    weigh({ no: 80 / 144, yes: 5 })
    const byHand = await cli.run(['train', 'rare.lamina', '--weights', 'by-hand.json', '--json'])
    expect(JSON.parse(byHand.stdout)).toMatchObject({
      classWeights: [
        { class: 'no', weight: 80 / 144 },
        { class: 'yes', weight: 5 }
      ]
    })
    expect(cli.text('by-hand.json')).toBe(cli.text('balanced.json'))
    weigh('none')
    const none = await cli.run(['train', 'rare.lamina', '--weights', 'none.json', '--json'])
    expect(JSON.parse(none.stdout)).not.toHaveProperty('classWeights')
    expect(cli.text('none.json')).not.toBe(cli.text('balanced.json'))
  })

  it('weighs them anew in every fold', async () => {
    await newRare('answer')
    weigh('balanced')
    const ran = await cli.run(['train', 'rare.lamina', '--folds', '2'])
    expect(ran.stdout).toMatch(/Losses are weighted by class, accuracies are not\.\n$/)
  })

  it('refuses them where there are no classes', async () => {
    await newRare('number')
    weigh('balanced')
    const ran = await cli.run(['train', 'rare.lamina'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain(
      'Class weights need a target of classes, but "number" is a number. Set them to "none", or make the target categorical.'
    )
  })
})
