import { CommanderError } from 'commander'
import { describe, expect, test } from 'vitest'
import { parseOptions } from '../../torture/options'
import { isSurvived, summaryLines } from '../../torture/summary'

describe('the options of npm run torture', () => {
  const refused = (...args: string[]): unknown => {
    try {
      return parseOptions(args, ['kill'], () => undefined)
    } catch (error) {
      return error
    }
  }

  test('run everything with seed 1 unless told otherwise', () => {
    expect(parseOptions([], ['kill'])).toEqual({ seed: 1, json: false })
    expect(parseOptions(['--only', 'kill', '--seed', '7', '--rounds', '3', '--json'], ['kill'])).toEqual({
      only: 'kill',
      seed: 7,
      rounds: 3,
      json: true
    })
  })

  test.each([[['--only', 'hug']], [['--seed', '-1']], [['--rounds', '0']], [['--rounds', '1.5']], [['more']]])(
    'refuse %j',
    (args) => {
      expect(refused(...args)).toBeInstanceOf(CommanderError)
    }
  )
})

describe('what is said of a scenario', () => {
  const outcome = { survived: 2, rounds: 3, figures: { 'longest notice, ms': 312 }, failures: ['round 2: other bytes'] }

  test('is one line, and one for each failure', () => {
    expect(summaryLines({ name: 'kill' }, outcome, 7)).toEqual([
      'kill: 2/3 survived, seed 7 · longest notice, ms 312',
      '  round 2: other bytes'
    ])
  })

  test('is a failure unless every round was survived', () => {
    expect(isSurvived(outcome)).toBe(false)
    expect(isSurvived({ ...outcome, survived: 3 })).toBe(false)
    expect(isSurvived({ ...outcome, survived: 3, failures: [] })).toBe(true)
  })
})
