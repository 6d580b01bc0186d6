import { describe, expect, it } from 'vitest'
import { CommandLine } from '../../support/command-line'

const cli = new CommandLine()

describe('lamina runs and resume', () => {
  it('list what was trained, and train it further as if it had never stopped', async () => {
    expect(await cli.run(['runs'])).toEqual({ code: 0, stdout: 'No runs are kept yet.\n', stderr: '' })
    await cli.newIris()
    await cli.run(['train', 'iris.lamina', '--epochs', '12', '--weights', 'whole.json', '--metrics', 'whole.jsonl'])
    await cli.run(['train', 'iris.lamina', '--epochs', '5', '--seed', '1'])
    const { code, stdout } = await cli.run(['runs'])
    expect(code).toBe(0)
    const [head = '', newest = '', older = ''] = stdout.split('\n')
    expect(head).toMatch(/^Run +Name +Started +Network +Epochs +Loss +Metric +State$/)
    expect(newest).toMatch(/^[0-9a-f]{8} +iris +\d{4}-\d\d-\d\d \d\d:\d\d +4-8-3 +5\/5 +0\.\d+ +\d+\.\d % +finished$/)
    expect(older).toContain('12/12')
    const ran = await cli.run([
      'resume',
      newest.slice(0, 8),
      '--epochs',
      '12',
      '--weights',
      'further.json',
      '--metrics',
      'further.jsonl'
    ])
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.stdout)).toMatchObject({ state: 'finished', epochs: 12, plannedEpochs: 12 })
    expect(cli.text('further.json')).toBe(cli.text('whole.json'))
    const lines = (file: string): unknown[] =>
      cli
        .text(file)
        .trimEnd()
        .split('\n')
        .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }))
    expect(lines('further.jsonl')).toEqual(lines('whole.jsonl').slice(5))
  })

  it('refuse what is not there, and what is ambiguous', async () => {
    const missing = await cli.run(['resume', 'zzz'])
    expect(missing).toMatchObject({ code: 1, stdout: '' })
    expect(missing.stderr).toContain('There is no run whose id begins with "zzz". lamina runs lists them.')
    expect((await cli.run(['resume', ''])).stderr).toContain('runs have an id that begins with ""')
  })
})
