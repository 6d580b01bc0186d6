import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

// It comes with electron-builder, without types.
const yaml = 'js-yaml'
const { load } = (await import(yaml)) as { load(text: string): unknown }

const step = z.object({
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  if: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  with: z.record(z.string(), z.unknown()).optional()
})
const workflow = z
  .object({
    permissions: z.strictObject({ contents: z.literal('read') }),
    jobs: z.strictObject({
      build: z.object({
        strategy: z.object({
          matrix: z.strictObject({
            include: z.array(
              z.strictObject({
                os: z.string(),
                display: z.string().optional(),
                program: z.string(),
                installers: z.string()
              })
            )
          })
        }),
        steps: z.array(step)
      })
    })
  })
  .parse(load(readFileSync('.github/workflows/build.yml', 'utf8')))
const { steps, strategy } = workflow.jobs.build
const commands = steps.flatMap(({ run }) => (run ?? '').split('\n'))
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')))

describe('the workflow', () => {
  it('runs on the three systems', () => {
    expect(strategy.matrix.include.map(({ os }) => os)).toEqual(['ubuntu-latest', 'macos-latest', 'windows-latest'])
  })

  it('runs nothing the project does not have', () => {
    const named = commands.flatMap((line) => [...line.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] ?? ''))
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
    expect(named).toEqual(expect.arrayContaining(['check', 'lint', 'licences', 'package']))
    const files = commands.flatMap((line) => line.match(/(?:test\/|node_modules\/)[\w/.-]+\.(?:ts|js)/g) ?? [])
    expect(files.length).toBeGreaterThan(2)
    expect(files.filter((path) => !existsSync(path))).toEqual([])
  })

  it('tests the window with the runtime there, under a display, before it packages, and the package after', () => {
    const at = (words: string): number => {
      const found = steps.findIndex(({ run }) => run?.includes(words) === true)
      expect([words, found >= 0]).toEqual([words, true])
      return found
    }
    const order = ['npm ci', 'electron/install.js', 'electron.test.ts', 'npm run package', 'packaged.test.ts'].map(at)
    expect(order).toEqual([...order].sort((a, b) => a - b))
    for (const words of ['electron.test.ts', 'packaged.test.ts']) {
      expect(steps[at(words)]?.run).toMatch(/^\$\{\{ matrix\.display \}\} npm test/)
    }
    expect(steps[at('electron.test.ts')]?.env).toEqual({ LAMINA_REQUIRE_ELECTRON: '1' })
    expect(strategy.matrix.include[0]?.display).toBe('xvfb-run --auto-servernum')
    // Which xvfb only recommends, and xvfb-run cannot do without.
    expect(commands.find((line) => line.includes('apt-get install'))).toMatch(/ xvfb xauth /)
  })

  it('uploads installers, and fails where there are none', () => {
    const upload = steps.at(-1)
    expect(upload?.uses).toMatch(/^actions\/upload-artifact@v\d+$/)
    expect(upload?.with).toMatchObject({ path: '${{ matrix.installers }}', 'if-no-files-found': 'error' })
    expect(strategy.matrix.include.map(({ installers }) => installers.match(/\w+$/gm))).toEqual([
      ['AppImage', 'deb'],
      ['dmg'],
      ['exe']
    ])
  })
})
