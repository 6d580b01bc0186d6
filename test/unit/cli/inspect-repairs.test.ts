import { existsSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { closedRowEnds, unusualRowEnds } from '../../../src/shared/table/dialect'
import { CommandLine } from '../../support/command-line'

const cli = new CommandLine()

const damaged = 'a;b\r\n1,5;x\r\n2,5\r\n3,5;"y, z"\r\n'

describe('lamina inspect --normalized', () => {
  it('writes the table as it was understood', async () => {
    writeFileSync(cli.here('damaged.csv'), damaged)
    const ran = await cli.run(['inspect', 'damaged.csv', '--normalized', 'clean.csv'])
    expect(ran.code).toBe(0)
    expect(ran.stderr).toBe('Wrote clean.csv: 3 rows as they were understood.\n')
    expect(cli.text('clean.csv')).toBe('a,b\r\n"1,5",x\r\n"2,5",\r\n"3,5","y, z"\r\n')
    expect(cli.text('damaged.csv')).toBe(damaged)
  })

  it('writes a header only where the file has one', async () => {
    writeFileSync(cli.here('numbers.tsv'), '1\t2\n3\t4\n')
    expect((await cli.run(['inspect', 'numbers.tsv', '--normalized', 'clean.csv', '--json'])).code).toBe(0)
    expect(cli.text('clean.csv')).toBe('1,2\r\n3,4\r\n')
  })

  it('writes names alone where there are no rows', async () => {
    writeFileSync(cli.here('names.csv'), 'a;"b, c"\n')
    const ran = await cli.run(['inspect', 'names.csv', '--normalized', 'clean.csv'])
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('names.csv: 0 rows, 2 columns')
    expect(cli.text('clean.csv')).toBe('a,"b, c"\r\n')
  })

  it('writes an empty file for an empty file, and says so', async () => {
    writeFileSync(cli.here('empty.csv'), '\n')
    const ran = await cli.run(['inspect', 'empty.csv', '--normalized', 'clean.csv', '--json'])
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('"empty.csv" is empty')
    expect(JSON.parse(ran.stdout)).toEqual({ name: 'empty.csv', rows: 0, columns: [] })
    expect(cli.text('clean.csv')).toBe('')
    expect((await cli.run(['inspect', 'empty.csv'])).code).toBe(1)
  })

  it('writes nothing when the table cannot be read', async () => {
    writeFileSync(cli.here('zeros.csv'), '\0'.repeat(100))
    const ran = await cli.run(['inspect', 'zeros.csv', '--normalized', 'none.csv'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain('"zeros.csv" is not a text file')
    expect(existsSync(cli.here('none.csv'))).toBe(false)
  })

  it('says that a folder cannot be written to before it reads the table', async () => {
    const ran = await cli.run(['inspect', 'nowhere.csv', '--normalized', 'missing/clean.csv'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain('missing')
    expect(ran.stderr).not.toContain('nowhere.csv')
  })
})

describe('lamina inspect --malformed', () => {
  const reading = async (...args: readonly string[]): Promise<unknown> => {
    writeFileSync(cli.here('damaged.csv'), damaged)
    const { code, stdout } = await cli.run(['inspect', 'damaged.csv', '--json', ...args])
    expect(code).toBe(0)
    return (JSON.parse(stdout) as { reading: unknown }).reading
  }

  it('repairs rows that do not fit, and says so', async () => {
    const issue = { kind: 'fewCells', row: 2, line: 3, column: 'b', found: '1 cell: 2,5' }
    const repaired = {
      records: 3,
      rows: 3,
      sound: 2,
      repaired: 1,
      skipped: 0,
      issues: [{ ...issue, action: 'repaired' }]
    }
    expect(await reading()).toMatchObject(repaired)
    expect(await reading('--malformed', 'repair')).toMatchObject(repaired)
  })

  it('leaves them out', async () => {
    expect(await reading('--malformed', 'skip')).toMatchObject({
      records: 3,
      rows: 2,
      sound: 2,
      repaired: 0,
      skipped: 1,
      issues: [{ kind: 'fewCells', row: null, line: 3, action: 'skipped' }]
    })
  })

  it('stops at them', async () => {
    writeFileSync(cli.here('damaged.csv'), damaged)
    const ran = await cli.run(['inspect', 'damaged.csv', '--malformed', 'stop'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain(
      '"damaged.csv" has a malformed row. Line 3 (row 2): found 1 cell: 2,5, expected 2 cells.'
    )
  })

  it('knows no other way', async () => {
    const ran = await cli.run(['inspect', 'iris.csv', '--malformed', 'ignore'])
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toMatch(/stop.*repair.*skip/)
  })
})

describe('lamina inspect --reading', () => {
  const read = async (...choices: readonly string[]): Promise<unknown> => {
    writeFileSync(cli.here('ends.csv'), 'a\tb\n1\tx\ry\n2\tz\r\n')
    const ran = await cli.run(['inspect', 'ends.csv', '--json', ...choices.flatMap((choice) => ['--reading', choice])])
    return ran.code === 0 ? JSON.parse(ran.stdout) : ran
  }

  it('reads a table as it is told', async () => {
    expect(await read('lineEnd=lf', 'delimiter=tab', 'header=no')).toMatchObject({
      dialect: { lineEnd: '\n', delimiter: '\t', header: false },
      confidence: { lineEnd: 1, delimiter: 1, header: 1, quote: 0.7 },
      rows: 3,
      reading: { repaired: 0 }
    })
    expect(await read('lineEnd=mixed', 'delimiter=\\t')).toMatchObject({
      dialect: { lineEnd: 'mixed', delimiter: '\t' },
      rows: 3,
      reading: { repaired: 1 }
    })
  })

  it('says what there is to choose', async () => {
    expect(await read('lineEnd=mac')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"mac" is no lineEnd: expected lf, crlf, cr, mixed') as string
    })
    expect(await read('quote=?')).toMatchObject({ code: 2, stderr: expect.stringContaining('none') as string })
    expect(await read('rows=5')).toMatchObject({ code: 2, stderr: expect.stringContaining('lineEnd') as string })
  })
  it('takes every row end that it offers', async () => {
    const refusal = await read('lineEnd=mac')
    const { stderr } = refusal as { stderr: string }
    const offered = /or one of (.*)\./.exec(stderr)?.[1]?.split(' ') ?? []
    const taken = []
    for (const end of offered)
      taken.push(((await read(`lineEnd=${end}`)) as { dialect: { lineEnd: string } }).dialect.lineEnd)
    expect(taken).toEqual([...unusualRowEnds, ...closedRowEnds])
  })
})
