import { z } from 'zod'
import { designSchema } from './design/schema'
import { weightsSchema } from './weights/schema'

const documents = {
  'design.schema.json': {
    title: 'Lamina design',
    description: 'A network, the table it learns from and how it is trained: a *.lamina file.',
    schema: designSchema
  },
  'weights.schema.json': {
    title: 'Lamina weights',
    description:
      'A trained network with everything needed to use it anywhere: a *.weights.json file. Weights are W_B, a row per unit with the bias last; outputs of testVectors prove a loader right.',
    schema: weightsSchema
  }
}

/** The JSON Schemas (2020-12) of both document formats as they are written, by file name. Defaults may be left out. */
export function jsonSchemas(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(documents).map(([name, { title, description, schema }]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' })
      return [name, `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`]
    })
  )
}
