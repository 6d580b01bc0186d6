import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { MOST_THREADS } from '../../../src/shared/training-run'
import { parseOptions } from '../../bench/options'

function refusal(args: readonly string[]): { exitCode: number; text: string } {
  let text = ''
  try {
    parseOptions(args, (written) => (text += written))
  } catch (error) {
    if (error instanceof CommanderError) return { exitCode: error.exitCode, text }
    throw error
  }
  throw new Error('It was accepted.')
}

describe('options of the bench', () => {
  it('have defaults', () => {
    expect(parseOptions([])).toEqual({ json: false, rounds: 7 })
  })

  it('are read', () => {
    expect(parseOptions(['--json', '--only', 'cases', '--case', 'XL', '--rounds', '3', '--threads', '2'])).toEqual({
      json: true,
      only: 'cases',
      case: 'XL',
      rounds: 3,
      threads: 2
    })
  })

  it.each([
    [['--only', 'everything'], 'Allowed choices are cases, inference, products, scaling, window'],
    [['--case', 'XXL'], 'Allowed choices are S, M, L, XL'],
    [['--rounds', '0'], 'Expected a whole number from 1 to 1000'],
    [['--rounds', '2.5'], 'Expected a whole number from 1 to 1000'],
    [['--threads', '-1'], `Expected a whole number from 1 to ${MOST_THREADS}`],
    [['--fast'], "unknown option '--fast'"],
    [['S'], 'too many arguments']
  ])('%j is wrong usage', (args, words) => {
    const { exitCode, text } = refusal(args)
    expect(exitCode).toBe(1)
    expect(text).toContain(words)
  })

  it('explain themselves', () => {
    expect(refusal(['--help'])).toMatchObject({ exitCode: 0, text: expect.stringContaining('--only <section>') })
  })
})
