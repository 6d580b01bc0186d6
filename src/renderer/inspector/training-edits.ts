import { optimizers, type OptimizerName, type OptimizerSettings } from '../../shared/catalogue/optimizers'
import { defaultsOf, type Parameters, type ParameterValue } from '../../shared/catalogue/parameter'
import {
  earlyStoppingParameters,
  schedules,
  type EarlyStoppingSettings,
  type ScheduleName,
  type ScheduleSettings
} from '../../shared/catalogue/schedules'
import type { Design } from '../../shared/design/schema'

/** Choose another optimizer: parameters both have keep their values, except a learning rate nobody has touched. */
export function withOptimizer(design: Design, type: OptimizerName): Design {
  const old = design.training.optimizer
  if (old.type === type) return design
  const parameters = optimizers[type].parameters
  const defaults = defaultsOf(parameters) as Record<string, ParameterValue>
  const before = old as unknown as Record<string, ParameterValue>
  const oldDefaults = defaultsOf(optimizers[old.type].parameters) as Record<string, ParameterValue>
  const values = Object.fromEntries(
    Object.entries(defaults).map(([key, value]) => [
      key,
      key in before && before[key] !== oldDefaults[key] ? before[key] : value
    ])
  )
  return { ...design, training: { ...design.training, optimizer: { type, ...values } as unknown as OptimizerSettings } }
}

export function withOptimizerValue(design: Design, key: string, value: ParameterValue): Design {
  return {
    ...design,
    training: { ...design.training, optimizer: { ...design.training.optimizer, [key]: value } as OptimizerSettings }
  }
}

export function withTrainingValue(design: Design, key: string, value: ParameterValue): Design {
  return { ...design, training: { ...design.training, [key]: value } }
}

/** The schedule with its parameters, whichever way the design says that the rate is constant. */
export function scheduleOf(design: Design): ScheduleSettings {
  return design.training.schedule ?? { type: 'constant', ...defaultsOf(schedules.constant.parameters) }
}

/** Choose another schedule: what is the same parameter in both (the warm-up) keeps its value. */
export function withSchedule(design: Design, type: ScheduleName): Design {
  const old = scheduleOf(design)
  if (old.type === type) return design
  const before: Parameters = schedules[old.type].parameters
  const values = old as unknown as Record<string, ParameterValue>
  const kept = Object.entries(schedules[type].parameters as Parameters).map(([key, parameter]) => [
    key,
    before[key] === parameter ? values[key] : parameter.default
  ])
  return storeSchedule(design, { type, ...Object.fromEntries(kept) } as unknown as ScheduleSettings)
}

export function withScheduleValue(design: Design, key: string, value: ParameterValue): Design {
  return storeSchedule(design, { ...scheduleOf(design), [key]: value } as ScheduleSettings)
}

/** A constant rate without warm-up is always stored as null, so that there and back again is no change. */
function storeSchedule(design: Design, schedule: ScheduleSettings): Design {
  const plain = schedule.type === 'constant' && schedule.warmupEpochs === 0
  return { ...design, training: { ...design.training, schedule: plain ? null : schedule } }
}

/** Switch early stopping on with the catalogue's values, or off. */
export function withEarlyStopping(design: Design, on: boolean): Design {
  const earlyStopping = on ? (design.training.earlyStopping ?? defaultsOf(earlyStoppingParameters)) : null
  return { ...design, training: { ...design.training, earlyStopping } }
}

export function withEarlyStoppingValue(design: Design, key: string, value: ParameterValue): Design {
  const settings = design.training.earlyStopping ?? defaultsOf(earlyStoppingParameters)
  return {
    ...design,
    training: { ...design.training, earlyStopping: { ...settings, [key]: value } as EarlyStoppingSettings }
  }
}
