/** Writes resources/schemas anew from the schemas the program validates with. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tsImport } from 'tsx/esm/api'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'resources', 'schemas')
const { jsonSchemas } = await tsImport('../src/shared/json-schemas.ts', import.meta.url)

mkdirSync(folder, { recursive: true })
for (const [name, text] of Object.entries(jsonSchemas())) {
  writeFileSync(join(folder, name), text)
  console.log(`Wrote resources/schemas/${name}`)
}
