import { describe, expect, it } from 'vitest'
import { CommandLine } from '../../support/command-line'

const cli = new CommandLine()

describe('wrong usage', () => {
  it.each([
    [[], 'Usage: lamina'],
    [['fly'], "unknown command 'fly'"],
    [['new', 'iris.csv'], "required option '--target <column>' not specified"],
    [['new', 'iris.csv', '--target', 'species', '--hidden', '16:swoosh'], 'There is no activation "swoosh"'],
    [['train'], "missing required argument 'design.lamina'"],
    [['train', 'a.lamina', '--epochs', '0'], 'Expected a whole number from 1'],
    [['train', 'a.lamina', '--seed', '-1'], 'Expected a whole number from 0'],
    [['train', 'a.lamina', '--threads', 'many'], 'Expected a whole number from 1 to 256'],
    [['train', 'a.lamina', '--threads', '0'], 'Expected a whole number from 1 to 256'],
    [['train', 'a.lamina', '--threads', '257'], 'Expected a whole number from 1 to 256'],
    [['train', 'a.lamina', 'b.lamina'], 'too many arguments'],
    [['train', 'a.lamina', '--frob'], "unknown option '--frob'"],
    [['bench', '--case', 'XXL'], 'Allowed choices are S, M, L, XL'],
    [['--memory', '12MB', 'inspect', 'iris.csv'], 'Expected a size of at least 256MB'],
    [['--memory', 'much', 'inspect', 'iris.csv'], 'Expected a size of at least 256MB']
  ])('%j is exit code 2', async (args, words) => {
    const ran = await cli.run(args)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(words)
  })

  it.each(['256MB', '0.5 GB', '512m', '536870912'])('a limit of %s for tables is not', async (size) => {
    const ran = await cli.run(['--memory', size, 'inspect', 'iris.csv', '--json'])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
  })

  it('help and version are not', async () => {
    const help = await cli.run(['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    for (const command of ['new', 'inspect', 'train', 'evaluate', 'predict', 'bench'])
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
    expect((await cli.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
