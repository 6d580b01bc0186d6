import { ESLint } from 'eslint'
import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** Lint some text as if it stood in a room's file, and return the imports that were refused. */
async function refusals(filePath: string, text: string): Promise<string[]> {
  const lint = new ESLint({
    ruleFilter: ({ ruleId }) => ruleId === 'boundaries/dependencies',
    // Under CI the TypeScript parser would take the text of its one run from the disk instead of the given one.
    overrideConfig: { languageOptions: { parserOptions: { disallowAutomaticSingleRunInference: true } } }
  })
  const [result] = await lint.lintText(text, { filePath })
  const lines = text.split('\n')
  return (result?.messages ?? [])
    .filter((m) => m.ruleId === 'boundaries/dependencies')
    .map((m) => lines[m.line - 1] ?? '')
}

describe('imports point one way', () => {
  it.each([
    ['src/shared/errors.ts', "import type { Host } from '../service/host'"],
    ['src/shared/errors.ts', "import { readFile } from 'node:fs/promises'"],
    ['src/engine/engine.ts', "import type { Host } from '../service/host'"],
    ['src/data/worker.ts', "import { chooseEngine } from '../engine'"],
    ['src/service/host.ts', "import type { BrowserWindow } from 'electron'"],
    ['src/cli/index.ts', "import { chooseEngine } from '../engine'"],
    ['src/web/index.ts', "import type { App } from 'electron'"],
    ['src/renderer/main.ts', "import type { Host } from '../service/host'"],
    ['src/renderer/main.ts', "import { join } from 'node:path'"],
    ['src/preload/index.ts', "import { createService } from '../service'"]
  ])('%s may not %s', async (file, line) => {
    expect(existsSync(file)).toBe(true)
    expect(await refusals(file, `${line}\n`)).toEqual([line])
  })

  it.each([
    ['src/engine/engine.ts', "import type { Port } from '../shared/port'"],
    ['src/service/host.ts', "import type { Engine } from '../engine/engine'"],
    ['src/renderer/main.ts', "import type { LaminaBridge } from '../preload/bridge'"]
  ])('%s may %s', async (file, line) => {
    expect(await refusals(file, `${line}\n`)).toEqual([])
  })

  it('knows every room of src/', async () => {
    const configPath: string = '../../eslint.config.js'
    const { rooms } = (await import(configPath)) as { rooms: Record<string, unknown> }
    expect(readdirSync('src').sort()).toEqual(Object.keys(rooms).sort())
  })
})
