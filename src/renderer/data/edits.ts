import type { DesignDataset } from '../../shared/design/schema'
import type { ColumnSetting, ColumnType } from '../../shared/table/column-types'
import { taskOf } from '../../shared/network/propose'
import { flow } from '../canvas/flow.svelte'
import { describeHead } from '../canvas/operations'
import { dataset } from '../state/dataset.svelte'
import { doc } from '../state/document.svelte'
import { notices } from '../state/notices.svelte'
import { columnNamed, retarget, roleOf, withRole, withSetting, withTargets, type Role } from './settings'
import { refusalOf, settingFor, typeLabels } from './type-choices'

/** Predict one column instead of whatever was predicted. */
export function setTarget(name: string): void {
  apply(`Predict ${name}`, (settings, table) => withTargets(settings, table, [name]))
}

export function setRole(name: string, role: Role): void {
  const { settings, table } = present()
  const column = table === null ? undefined : columnNamed(table, name)
  if (
    settings !== null &&
    column !== undefined &&
    role !== 'target' &&
    roleOf(settings, column) === 'target' &&
    settings.targets.length === 1
  ) {
    notices.info(`${name} is the only target. Choose another target first.`)
    return
  }
  const labels: Readonly<Record<Role, string>> = {
    target: `Also predict ${name}`,
    feature: `Use ${name} as a feature`,
    excluded: `Leave out ${name}`
  }
  apply(labels[role], (current, summary) => withRole(current, summary, name, role))
}

export function setType(name: string, type: ColumnType): void {
  setTypes([name], type)
}

/**
 * Read columns as a type, all in one step.
 * @returns how many of them cannot be read as that, and stay as they are
 */
export function setTypes(names: readonly string[], type: ColumnType): number {
  const { table } = present()
  const columns = names.flatMap((name) => (table === null ? [] : (columnNamed(table, name) ?? [])))
  const able = columns.filter((column) => refusalOf(column, type) === null)
  if (able.length > 0) {
    apply(`Read ${named(able.map(({ name }) => name))} as ${typeLabels[type].toLowerCase()}`, (settings, summary) =>
      able.reduce((changed, column) => withSetting(changed, summary, column.name, settingFor(column, type)), settings)
    )
  }
  return columns.length - able.length
}

/** What a type needs besides its name: the order of categories, the parts of a date. */
export function setSetting(name: string, setting: ColumnSetting, label: string): void {
  apply(label, (settings, table) => withSetting(settings, table, name, setting))
}

/** Use columns as features or leave them out, all in one step; targets stay what they are. */
export function setUse(names: readonly string[], role: 'feature' | 'excluded'): void {
  apply(`${role === 'feature' ? 'Use' : 'Leave out'} ${named(names)}`, (settings, table) =>
    names
      .filter((name) => !settings.targets.includes(name))
      .reduce((changed, name) => withRole(changed, table, name, role), settings)
  )
}

const named = (names: readonly string[]): string => (names.length === 1 ? (names[0] ?? '') : `${names.length} columns`)

/** Any other setting: scaling, missing values, the split. */
export function set<K extends keyof DesignDataset>(
  key: K,
  value: DesignDataset[K],
  label: string,
  gesture?: string
): void {
  doc.transact(
    label,
    (design) => (design.dataset === null ? design : { ...design, dataset: { ...design.dataset, [key]: value } }),
    gesture === undefined ? {} : { gesture }
  )
}

/** The topic of what is said about the network's end. */
const HEAD = 'head'

type Summary = NonNullable<ReturnType<typeof present>['table']>
function present() {
  return { settings: doc.design.dataset, table: dataset.current?.table ?? null }
}

/** Change what columns are for; when the network's end no longer fits, it changes along, and that is said. */
function apply(label: string, change: (settings: DesignDataset, table: Summary) => DesignDataset): void {
  const { settings, table } = present()
  if (settings === null || table === null) return
  let replaced = false
  const design = doc.transact(label, (before) => {
    const result = retarget(before, table, change(settings, table))
    replaced = result.headReplaced
    return result.design
  })
  if (!replaced || design.dataset === null) return
  flow.view?.fit()
  const { targets, columns } = design.dataset
  const kind = taskOf(table, targets, columns) === 'classification' ? 'a class' : 'a number'
  const subject = targets.length === 1 ? `${targets[0] ?? ''} is ${kind}` : 'The targets changed'
  const undo = (): void => {
    // It must not take back what was done since.
    if (doc.design === design) doc.undo()
    else notices.info('Other changes were made since: undo those first, with Undo above.', null, HEAD)
  }
  notices.info(
    `${subject}, so the network now ends with ${describeHead(design.network)}.`,
    { label: 'Undo', run: undo },
    HEAD
  )
}
