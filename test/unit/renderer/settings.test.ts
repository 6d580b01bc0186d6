import { describe, expect, it } from 'vitest'
import type { TableSummary } from '../../../src/shared/dataset'
import type { ColumnSummary } from '../../../src/shared/table/profile'
import type { Design, DesignDataset } from '../../../src/shared/design/schema'
import { emptyDesign, proposeDesign } from '../../../src/shared/network/propose'
import { describeHead, headOf } from '../../../src/renderer/canvas/operations'
import { isUntouched, nameFor, rememberProposal, trainingFor } from '../../../src/renderer/data/proposal'
import { certain, csvDialect, soundReading } from '../../support/reading'
import {
  adoptTable,
  featureNames,
  retarget,
  roleOf,
  targetsFor,
  typeOf,
  withRole,
  withTargets,
  withSetting
} from '../../../src/renderer/data/settings'

const column = (name: string, index: number, more: Partial<ColumnSummary> = {}): ColumnSummary => ({
  name,
  index,
  type: 'numeric',
  evidence: '',
  targetType: 'numeric',
  targetEvidence: '',
  date: null,
  missing: 0,
  distinct: 100,
  distinctExact: true,
  numeric: { min: 0, mean: 1, median: 1, max: 2, standardDeviation: 1, integer: false, histogram: [1, 2] },
  categories: [],
  excluded: null,
  ...more
})
const text = { type: 'categorical', targetType: 'categorical', numeric: null } as const
const table: TableSummary = {
  name: 'houses.csv',
  sha256: '0'.repeat(64),
  bytes: 1000,
  rows: 200,
  dialect: csvDialect,
  confidence: certain,
  reading: soundReading(200),
  columns: [
    column('id', 0, { excluded: 'identifier', distinct: 200 }),
    column('area', 1),
    column('rooms', 2, { targetType: 'categorical', distinct: 7 }),
    column('city', 3, { ...text, distinct: 4 }),
    column('price', 4)
  ],
  preview: [],
  notes: [],
  warnings: []
}
const design = (targets: string[] = ['price']): Design => proposeDesign(table, targets, 'houses.csv')
const settings = (targets?: string[]): DesignDataset => {
  const { dataset } = design(targets)
  if (dataset === null) throw new Error('a proposal has a dataset')
  return dataset
}
const named = (name: string): ColumnSummary => table.columns.find((entry) => entry.name === name) ?? column(name, 9)

describe('roles of columns', () => {
  it('takes what is neither target nor excluded', () => {
    expect(featureNames(settings(), table)).toEqual(['area', 'rooms', 'city'])
    expect(table.columns.map((entry) => roleOf(settings(), entry))).toEqual([
      'excluded',
      'feature',
      'feature',
      'feature',
      'target'
    ])
  })
  it('writes a list when it differs from "auto", and "auto" again when it does not', () => {
    const without = withRole(settings(), table, 'city', 'excluded')
    expect(without.features).toEqual(['area', 'rooms'])
    expect(withRole(without, table, 'city', 'feature').features).toBe('auto')
    expect(withRole(settings(), table, 'id', 'feature').features).toEqual(['id', 'area', 'rooms', 'city'])
  })
  it('adds a target, and refuses to take the last one away', () => {
    const both = withRole(settings(), table, 'area', 'target')
    expect([both.targets, featureNames(both, table)]).toEqual([
      ['price', 'area'],
      ['rooms', 'city']
    ])
    expect(withRole(both, table, 'area', 'feature')).toEqual(settings())
    const only = settings()
    expect(withRole(only, table, 'price', 'feature')).toBe(only)
  })
  it('takes a new target out of a list of features', () => {
    const listed = withRole(settings(), table, 'city', 'excluded')
    expect(withTargets(listed, table, ['rooms'])).toMatchObject({ targets: ['rooms'], features: ['area'] })
  })
})

describe('types of columns', () => {
  it('writes down what a target was inferred as, and forgets it when it is a feature again', () => {
    const rooms = withTargets(settings(), table, ['rooms'])
    expect(rooms.columns).toEqual({ rooms: { type: 'categorical' } })
    expect(typeOf(rooms, named('rooms'))).toBe('categorical')
    const back = withTargets(rooms, table, ['price'])
    expect(back.columns).toEqual({})
    expect(typeOf(back, named('rooms'))).toBe('numeric')
  })
  it('writes down only what differs from what is inferred', () => {
    const categories = withSetting(settings(), table, 'area', { type: 'categorical' })
    expect(categories.columns).toEqual({ area: { type: 'categorical' } })
    expect(withSetting(categories, table, 'area', { type: 'numeric' }).columns).toEqual({})
  })
  it('expands a date when it is used, and forgets that when it is not', () => {
    const when = column('when', 9, {
      ...text,
      type: 'date',
      excluded: 'date: expand it to use it',
      date: { order: 'ymd', timeOfDay: false, first: '2024-01-01', last: '2024-02-01' }
    })
    const dated = { ...table, columns: [...table.columns, when] }
    expect(roleOf(settings(), when)).toBe('excluded')
    const used = withRole(settings(), dated, 'when', 'feature')
    expect([used.features, used.columns, roleOf(used, when)]).toEqual([
      'auto',
      { when: { type: 'date', parts: 'auto', dateOrder: 'auto' } },
      'feature'
    ])
    expect(withRole(used, dated, 'when', 'excluded')).toEqual(settings())
    const parts = { type: 'date', parts: ['year'], dateOrder: 'auto' } as const
    const left = withRole(withSetting(used, dated, 'when', { ...parts, parts: ['year'] }), dated, 'when', 'excluded')
    expect([left.columns, roleOf(left, when)]).toEqual([{ when: parts }, 'excluded'])
  })
  it('writes a target’s type down even where it equals the column’s own', () => {
    const rooms = withTargets(settings(), table, ['rooms'])
    const numeric = withSetting(rooms, table, 'rooms', { type: 'numeric' })
    expect(typeOf(numeric, named('rooms'))).toBe('numeric')
    expect(typeOf(withSetting(numeric, table, 'rooms', { type: 'categorical' }), named('rooms'))).toBe('categorical')
  })
})

describe('another target', () => {
  it('changes the head only when it no longer fits', () => {
    const toArea = retarget(design(), table, withTargets(settings(), table, ['area']))
    expect([toArea.headReplaced, toArea.design.network]).toEqual([false, design().network])
    const toCity = retarget(design(), table, withTargets(settings(), table, ['city']))
    expect([toCity.headReplaced, describeHead(toCity.design.network)]).toEqual([true, 'softmax with cross-entropy'])
  })
  it('lets units come from the target when their number no longer fits', () => {
    const city = design(['city'])
    const dense = headOf(city.network)?.dense
    const fixed: Design = {
      ...city,
      network: {
        ...city.network,
        nodes: city.network.nodes.map((node) =>
          node.id === dense?.id && node.type === 'dense' ? { ...node, units: 4 } : node
        )
      }
    }
    const result = retarget(fixed, table, withTargets(settings(['city']), table, ['rooms']))
    expect([result.headReplaced, headOf(result.design.network)?.dense?.units]).toEqual([true, 'auto'])
  })
  it('leaves a head alone that did not fit before either, while the target stays', () => {
    const odd: Design = { ...design(), network: design(['city']).network }
    expect(retarget(odd, table, { ...settings(), scaling: 'none' })).toEqual({
      design: { ...odd, dataset: { ...settings(), scaling: 'none' } },
      headReplaced: false
    })
  })
})

describe('another table', () => {
  it('keeps settings when all targets are still there', () => {
    const old: Design = {
      ...design(),
      dataset: {
        ...settings(),
        scaling: 'minMax',
        features: ['area', 'gone'],
        columns: { gone: { type: 'categorical' }, area: { type: 'categorical' } }
      }
    }
    expect(adoptTable(old, table, 'newer.csv').dataset).toMatchObject({
      path: 'newer.csv',
      scaling: 'minMax',
      features: ['area'],
      columns: { area: { type: 'categorical' } },
      targets: ['price']
    })
  })
  it('starts over with the likely target otherwise, and keeps the network', () => {
    const old = proposeDesign({ ...table, columns: [column('x', 0), column('label', 1, text)] }, ['label'], 'a.csv')
    const adopted = adoptTable(old, table, 'houses.csv')
    expect(adopted.dataset?.targets).toEqual(['price'])
    expect(adopted.network.nodes.filter((node) => node.type === 'dense')).toHaveLength(3)
    expect(describeHead(adopted.network)).toBe('mean squared error')
  })
  it('proposes the last column when no other can be predicted', () => {
    expect(targetsFor({ ...table, columns: [column('a', 0, { distinct: 1 })] })).toEqual(['a'])
    expect(targetsFor({ ...table, columns: [] })).toEqual([])
  })
})

describe('proposals', () => {
  it('are nobody’s work until they are touched', () => {
    expect(isUntouched(emptyDesign())).toBe(true)
    const proposal = design()
    expect(isUntouched(proposal)).toBe(false)
    rememberProposal(proposal)
    expect(isUntouched(structuredClone(proposal))).toBe(true)
    expect(isUntouched({ ...proposal, network: { ...proposal.network, edges: [] } })).toBe(false)
    // A name nobody gave goes with the table it came from.
    expect(nameFor(proposal, { name: 'next' })).toBe('next')
    expect(nameFor(emptyDesign(), { name: 'next' })).toBe('next')
    expect(nameFor({ name: 'My own' }, { name: 'next' })).toBe('My own')
  })
  it('bring their training settings, unless a person has changed them', () => {
    const first = design()
    rememberProposal(first)
    const next = proposeDesign({ ...table, rows: 50_000 }, ['price'], 'big.csv')
    expect(trainingFor(first, next)).toBe(next.training)
    const touched: Design = { ...first, training: { ...first.training, batchSize: 7 } }
    expect(trainingFor(touched, next)).toBe(touched.training)
  })
})
