import { availableParallelism } from 'node:os'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

const common = { extends: true as const }

/**
 * The engines' numeric suite, on every instruction set the native engine has kernels for and with several threads that
 * share even the smallest product. Sets this machine lacks are skipped with a word.
 */
const numericSuite = [
  'branching',
  'diagnostics',
  'dropout',
  'early-stopping',
  'functions',
  'golden',
  'gradients',
  'optimizers',
  'sample-weights',
  'schedules',
  'shapes',
  'training'
].map((name) => `test/engine/${name}.test.ts`)
const instructionSets = process.arch === 'arm64' ? ['portable', 'neon'] : ['portable', 'avx2', 'avx512']
const kernelProjects = instructionSets.flatMap((set) =>
  ['1', '2', '4'].map((threads) => ({
    ...common,
    test: {
      name: `engine ${set}, threads: ${threads}`,
      include: numericSuite,
      isolate: false,
      env: { LAMINA_ISA: set, LAMINA_THREADS: threads, LAMINA_TEST_ENGINES: 'native' }
    }
  }))
)

export default defineConfig({
  // Stores of the renderer use runes and are tested as they are compiled for the app.
  plugins: [svelte({ configFile: false })],
  resolve: { conditions: ['browser'] },
  test: {
    globalSetup: ['test/support/build.ts'],
    // Left alone, Vitest keeps one core for itself, which on two cores is half of them.
    maxWorkers: availableParallelism(),
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    // Real processes, a compiler and a browser share few cores here: give them time before calling it a hang.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000, interval: 50 } },
    projects: [
      { ...common, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { ...common, test: { name: 'engine', include: ['test/engine/**/*.test.ts'] } },
      ...kernelProjects,
      { ...common, test: { name: 'contract', include: ['test/contract/**/*.test.ts'] } },
      {
        ...common,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          // A browser, a service and two workers at a time are enough, and they come after everything else.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000
        }
      }
    ]
  }
})
