import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../../src/shared/errors'
import type { CategoricalEncoding } from '../../../src/shared/weights/schema'
import { dataBench, examples, failure, type Settings } from './harness'

const bench = dataBench()
afterAll(async () => {
  expect(bench.defects).toEqual([])
})

interface Refused {
  content: string
  settings: Settings
  encoding?: CategoricalEncoding
  code: ErrorCode
  message: string
  details?: Record<string, unknown>
}

const plain = 'age,Income,city,label\n31,1.5,Oslo,a\n42,2.5,Rome,b\n53,3.5,Oslo,a\n24,4.5,Rome,b\n'
const gaps = 'x,c,y\n1,a,1\n,a,2.5\n3,,3\n4,b,\n5,b,5\n'

const refused: Record<string, Refused> = {
  'an unknown target': {
    content: plain,
    settings: { targets: ['lable'] },
    code: 'invalidDesign',
    message: '"table.csv" has no column "lable", which is chosen as a target. Did you mean "label"?',
    details: { column: 'lable' }
  },
  'an unknown target unlike any name': {
    content: plain,
    settings: { targets: ['temperature'] },
    code: 'invalidDesign',
    message:
      '"table.csv" has no column "temperature", which is chosen as a target. There are "age", "Income", "city", "label".'
  },
  'an unknown feature, but for its case': {
    content: plain,
    settings: { targets: ['label'], features: ['age', 'income'] },
    code: 'invalidDesign',
    message: '"table.csv" has no column "income", which is chosen as a feature. Did you mean "Income"?',
    details: { column: 'income' }
  },
  'a target that is a feature': {
    content: plain,
    settings: { targets: ['label'], features: ['age', 'label'] },
    code: 'invalidDesign',
    message:
      'The column "label" is both a target and a feature: the network would be told the answer. Take it out of one of them.'
  },
  'a feature twice': {
    content: plain,
    settings: { targets: ['label'], features: ['age', 'age'] },
    code: 'invalidDesign',
    message: 'The column "age" is listed twice as a feature. List it once.'
  },
  'a target twice': {
    content: plain,
    settings: { targets: ['label', 'label'] },
    code: 'invalidDesign',
    message: 'The column "label" is listed twice as a target. List it once.'
  },
  'no feature': {
    content: plain,
    settings: { targets: ['label'], features: [] },
    code: 'invalidDesign',
    message: 'No feature is chosen. Choose at least one column to predict from.'
  },
  'no column but the target': {
    content: 'label\na\nb\n',
    settings: { targets: ['label'] },
    code: 'invalidDesign',
    message: '"table.csv" has no column to predict from: it has no other column. Choose the features by name.'
  },
  'no column that auto takes': {
    content: 'name,one,label\nx,1,a\ny,1,b\n',
    settings: { targets: ['label'] },
    code: 'invalidDesign',
    message:
      '"table.csv" has no column to predict from: its other columns are left out: "name" (identifier: every row has a different text), "one" (constant: every row is 1). Choose the features by name.'
  },
  'an empty feature': {
    content: 'e,x,y\n,1,1\nNA,3,2\n?,2,4\n',
    settings: { targets: ['y'], features: ['x', 'e'] },
    code: 'invalidData',
    message: 'The feature "e" has no value in any row. Leave it out of the features.'
  },
  'a target with one class': {
    content: 'x,species\n1,setosa\n3,setosa\n',
    settings: { targets: ['species'] },
    code: 'invalidData',
    message:
      'The target "species" has one class (setosa) in all 2 rows. There is nothing to tell apart: choose a target with at least two classes.',
    details: { column: 'species', classes: ['setosa'] }
  },
  'a target without a value': {
    content: 'x,species\n1,\n3,NA\n',
    settings: { targets: ['species'], missing: 'mean' },
    code: 'invalidData',
    message:
      'No row of "table.csv" is left: each of its 2 rows lacks a value in "species". Leave such a column out, or choose to fill in missing values.'
  },
  'a target with one class once rows are dropped': {
    content: 'x,t\n1,a\n2,a\n,b\n',
    settings: { targets: ['t'], features: ['x'], missing: 'dropRow' },
    code: 'invalidData',
    message:
      'Once the rows with missing values are dropped, the target "t" has one class (a). Leave out the features with missing values, or fill those in.'
  },
  'a constant number as target': {
    content: 'x,y\n1,3\n3,3\n2,3\n',
    settings: { targets: ['y'], columns: { y: { type: 'numeric' } }, split: { validation: 0 } },
    code: 'invalidData',
    message: 'The target "y" is 3 in every training row: there is nothing to learn. Choose another target.'
  },
  'a text column made numeric': {
    content: 'x,age,y\n1,31,1\n2,42,2\n3,unknown,4\n4,?,3\n',
    settings: { targets: ['y'], features: ['x', 'age'], columns: { age: { type: 'numeric' } } },
    code: 'invalidData',
    message:
      '"table.csv", row 3, column "age": expected a number, found "unknown". Correct the cell, or make the column categorical.',
    details: { row: 3, column: 'age', found: 'unknown' }
  },
  'a text target made numeric': {
    content: plain,
    settings: { targets: ['label'], columns: { label: { type: 'numeric' } } },
    code: 'invalidData',
    message:
      '"table.csv", row 1, column "label": expected a number, found "a". Correct the cell, or make the column categorical.'
  },
  'infinity where a number belongs': {
    content: 'x,y\n1,1\ninf,2\n',
    settings: { targets: ['y'], features: ['x'], columns: { x: { type: 'numeric' } } },
    code: 'invalidData',
    message:
      '"table.csv", row 2, column "x": expected a number, found "inf". Correct the cell, or make the column categorical.'
  },
  'missing values under error': {
    content: gaps,
    settings: { targets: ['y'], features: ['c', 'x'] },
    code: 'invalidData',
    message:
      '"table.csv" has 3 missing values in the columns used, the first in row 2, column "x". Choose to drop such rows, or to fill in the mean, the median or the most frequent value; or complete the table.',
    details: { row: 2, column: 'x', count: 3 }
  },
  'one missing value under error': {
    content: gaps,
    settings: { targets: ['x'], features: ['c'] },
    code: 'invalidData',
    message:
      '"table.csv" has 2 missing values in the columns used, the first in row 2, column "x". A target cannot be filled in: choose "drop the row" for missing values, or complete the table.'
  },
  'one missing target under error': {
    content: 'x,y\n1,1\n2.5,\n3,4\n',
    settings: { targets: ['y'] },
    code: 'invalidData',
    message:
      '"table.csv" has a missing value: row 2, column "y". A target cannot be filled in: choose "drop the row" for missing values, or complete the table.',
    details: { row: 2, column: 'y', count: 1 }
  },
  'every row with a missing value': {
    content: 'x,c,y\n1,,1\n,a,2\n',
    settings: { targets: ['y'], features: ['x', 'c'], missing: 'dropRow' },
    code: 'invalidData',
    message:
      'No row of "table.csv" is left: each of its 2 rows lacks a value in "x" or "c". Leave such a column out, or choose to fill in missing values.'
  },
  'a feature without a value in training': {
    content: 'x,z,y\n1,,1\n2,5,2.5\n3,,3\n4,,4\n',
    settings: { targets: ['y'], features: ['x', 'z'], missing: 'mean', split: { validation: 0.5, seed: 6 } },
    code: 'invalidData',
    message:
      'The feature "z" has no value in any of the 2 training rows, so nothing can be learned about it. Leave it out of the features.'
  },
  'too few rows to validate on': {
    content: 'x,y\n1,1\n2.5,2.5\n',
    settings: { targets: ['y'], split: { validation: 0.2 } },
    code: 'invalidData',
    message:
      '"table.csv" has too few rows for this split: a validation share of 0.2 of 2 rows is no row at all. Use a larger share, or 0 for none.'
  },
  'too few rows to train on': {
    content: 'x,y\n2,1\n3,2.5\n',
    settings: { targets: ['y'], split: { validation: 0.45, test: 0.45 } },
    code: 'invalidData',
    message:
      '"table.csv" has too few rows for this split: of 2 rows, 1 would go to validation and 1 to test, which leaves none to train on. Use smaller shares or a larger table.'
  },
  'targets of two types': {
    content: plain,
    settings: { targets: ['label', 'Income'] },
    code: 'invalidDesign',
    message:
      'The targets mix categories ("label") and numbers ("Income"). A network predicts one or the other: choose targets of one type.'
  },
  'several categorical targets on softmax': {
    content: plain,
    settings: { targets: ['label', 'city'] },
    code: 'invalidDesign',
    message:
      'Several categorical targets ("label", "city") cannot share one softmax output. Choose one target, or a sigmoid output with binary cross-entropy.'
  },
  'several categorical targets, one with three classes': {
    content: 'x,t,u\n1,a,p\n2,b,q\n4,a,r\n3,b,p\n',
    settings: { targets: ['t', 'u'] },
    encoding: 'binary',
    code: 'invalidDesign',
    message:
      'Several categorical targets must have two classes each, but "u" has 3. Choose one target, or only targets with two classes.'
  },
  'far too many classes': {
    content: `x,y\n${Array.from({ length: 10_001 }, (_, index) => `${index % 7},${index}`).join('\n')}\n`,
    settings: { targets: ['y'], columns: { y: { type: 'categorical' } } },
    code: 'invalidData',
    message: 'The target "y" has more than 10000 classes, and each would need its own output. Rather make it numeric.'
  },
  'numbers beyond a float32': {
    content: 'x,y\n1e39,1\n2,2.5\n3,4\n',
    settings: { targets: ['y'], features: ['x'], scaling: 'none', split: { validation: 0 } },
    code: 'invalidData',
    message:
      '"table.csv", row 1, column "x": 1e+39 is too large for a float32 after scaling. Choose another scaling, or rescale the column.',
    details: { row: 1, column: 'x' }
  }
}

describe('settings and tables that do not fit', () => {
  test.each(Object.entries(refused))('%s', async (_name, { content, settings, encoding, code, message, details }) => {
    const error = await failure(bench.prepareText(content, settings, encoding))
    expect(error.message).toBe(message)
    expect(error.code).toBe(code)
    expect(error.details).toMatchObject(details ?? {})
  })

  test('what is wrong with the file comes first', async () => {
    expect(await failure(bench.prepare(join(bench.folder, 'gone.csv'), { targets: ['y'] }))).toMatchObject({
      code: 'notFound'
    })
    expect(await failure(bench.prepareText('', { targets: ['y'] }))).toMatchObject({ code: 'invalidData' })
  })

  test('a type for a column that is not there is only a warning', async () => {
    const prepared = await bench.prepareText(plain, {
      targets: ['label'],
      features: ['age'],
      columns: { wage: { type: 'numeric' } },
      split: { validation: 0.5 }
    })
    expect(prepared.summary.warnings).toEqual(['A type is set for the column "wage", which "table.csv" does not have.'])
  })

  test('a request that breaks the contract is answered as such', async () => {
    const error = await failure(
      bench.client.request('prepare', {
        path: join(examples, 'iris.csv'),
        overrides: {},
        settings: {
          targets: [],
          features: 'auto',
          columns: {},
          scaling: 'standard',
          missing: 'error',
          maxCategories: 100,
          split: { validation: 0.2, test: 0, seed: 1, stratify: true }
        },
        categoricalEncoding: 'oneHot',
        cacheFolder: bench.cacheFolder
      })
    )
    expect(error.code).toBe('invalidArgument')
    expect(error.message).toContain('Request "prepare" is not valid: at settings.targets')
  })
})
