import { optimizers, type OptimizerName, type OptimizerSettings } from '../../shared/catalogue/optimizers'
import { defaultsOf, type ParameterValue } from '../../shared/catalogue/parameter'
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
