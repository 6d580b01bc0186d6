import { z } from 'zod'

/**
 * A parameter of a block, an optimizer or a training setting: its schema, its default and how a form shows it. The
 * inspector, the command line's help, the documents' schemas and the docs are all made from these.
 */
export interface ParameterBase<T> {
  readonly label: string
  /** One sentence a student understands. */
  readonly help: string
  readonly default: T
  readonly schema: z.ZodType<T>
}
export interface ChoiceOption<V extends string> {
  readonly value: V
  readonly label: string
  readonly help: string
}
export interface ChoiceParameter<V extends string = string> extends ParameterBase<V> {
  readonly control: 'choice'
  readonly options: readonly ChoiceOption<V>[]
}
export interface IntegerParameter extends ParameterBase<number> {
  readonly control: 'integer'
  readonly min: number
  readonly max: number
}
export interface AutoIntegerParameter extends ParameterBase<number | 'auto'> {
  readonly control: 'autoInteger'
  readonly min: number
  readonly max: number
  readonly autoLabel: string
}
export interface NumberParameter extends ParameterBase<number> {
  readonly control: 'number'
  readonly min: number
  readonly max: number
  /** How a slider or a stepper moves through the range. */
  readonly scale: 'linear' | 'log'
}
export interface OptionalNumberParameter extends ParameterBase<number | null> {
  readonly control: 'optionalNumber'
  readonly min: number
  readonly max: number
  readonly scale: 'linear' | 'log'
  /** What the form says while it is off. */
  readonly offLabel: string
  /** The value it takes when switched on. */
  readonly initial: number
}
export interface ToggleParameter extends ParameterBase<boolean> {
  readonly control: 'toggle'
}
export type Parameter =
  | ChoiceParameter
  | IntegerParameter
  | AutoIntegerParameter
  | NumberParameter
  | OptionalNumberParameter
  | ToggleParameter
export type Parameters = Readonly<Record<string, Parameter>>
export type ParameterValue = Parameter['default']

export type ValueOf<P> = P extends ParameterBase<infer T> ? T : never
export type ValuesOf<P extends Parameters> = { -readonly [K in keyof P]: ValueOf<P[K]> }

const describeRange = (min: number, max: number): string => `a number from ${min} to ${max}`

export function choice<const V extends string>(spec: {
  label: string
  help: string
  default: NoInfer<V>
  options: readonly ChoiceOption<V>[]
}): ChoiceParameter<V> {
  const values = spec.options.map((option) => option.value)
  const schema = z.enum(values as [V, ...V[]], {
    error: (issue) => `expected one of ${values.join(', ')}, found ${show(issue.input)}`
  })
  return { ...spec, control: 'choice', schema: schema as unknown as z.ZodType<V> }
}

export function integer(spec: {
  label: string
  help: string
  default: number
  min: number
  max: number
}): IntegerParameter {
  return { ...spec, control: 'integer', schema: integerSchema(spec.min, spec.max) }
}

export function autoInteger(spec: {
  label: string
  help: string
  default: number | 'auto'
  min: number
  max: number
  autoLabel: string
}): AutoIntegerParameter {
  return { ...spec, control: 'autoInteger', schema: z.union([z.literal('auto'), integerSchema(spec.min, spec.max)]) }
}

export function number(spec: {
  label: string
  help: string
  default: number
  min: number
  max: number
  scale: 'linear' | 'log'
}): NumberParameter {
  return { ...spec, control: 'number', schema: numberSchema(spec.min, spec.max) }
}

export function optionalNumber(spec: {
  label: string
  help: string
  default: number | null
  min: number
  max: number
  scale: 'linear' | 'log'
  offLabel: string
  initial: number
}): OptionalNumberParameter {
  return { ...spec, control: 'optionalNumber', schema: numberSchema(spec.min, spec.max).nullable() }
}

export function toggle(spec: { label: string; help: string; default: boolean }): ToggleParameter {
  return { ...spec, control: 'toggle', schema: z.boolean() }
}

/** The default value of every parameter. */
export function defaultsOf<P extends Parameters>(parameters: P): ValuesOf<P> {
  return Object.fromEntries(
    Object.entries(parameters).map(([key, parameter]) => [key, parameter.default])
  ) as ValuesOf<P>
}

/** The schemas of parameters as an object shape, each with its default, so that documents may leave them out. */
export function shapeOf<P extends Parameters>(parameters: P): { [K in keyof P]: z.ZodType<ValueOf<P[K]>> } {
  return Object.fromEntries(
    Object.entries(parameters).map(([key, parameter]) => [
      key,
      (parameter.schema as z.ZodType<ParameterValue>)
        .default(parameter.default)
        .meta({ title: parameter.label, description: parameter.help })
    ])
  ) as unknown as { [K in keyof P]: z.ZodType<ValueOf<P[K]>> }
}

function numberSchema(min: number, max: number): z.ZodNumber {
  const error = (issue: { input?: unknown }): string =>
    `expected ${describeRange(min, max)}, found ${show(issue.input)}`
  return z.number({ error }).min(min, { error }).max(max, { error })
}
function integerSchema(min: number, max: number): z.ZodNumber {
  const error = (issue: { input?: unknown }): string =>
    `expected a whole number from ${min} to ${max}, found ${show(issue.input)}`
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error })
}
function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? typeof value
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
