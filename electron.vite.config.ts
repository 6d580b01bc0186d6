import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'electron-vite'
import { resolve } from 'node:path'
import { licencesPlugin } from './scripts/licences.mjs'

const source = (path: string): string => resolve(import.meta.dirname, 'src', path)

export default defineConfig({
  main: {
    build: {
      // Electron brings a newer Node, but the browser host, the command line and their workers run on the person's own.
      target: 'node20.19',
      sourcemap: true,
      // Every worker loads its schemas first: bundled they are a few files without what nobody uses.
      externalizeDeps: { exclude: ['zod'] },
      rolldownOptions: {
        input: {
          index: source('main/index.ts'),
          'training-worker': source('engine/worker-entry.ts'),
          'data-worker': source('data/worker-entry.ts'),
          web: source('web/index.ts'),
          lamina: source('cli/index.ts')
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' }
      }
    }
  },
  preload: {
    build: {
      sourcemap: true,
      // A sandboxed preload script is CommonJS and can load nothing but `electron`.
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: source('preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' }
      }
    }
  },
  renderer: {
    plugins: [
      svelte({
        configFile: false,
        // Our own components use runes; libraries say themselves what they are written in.
        dynamicCompileOptions: ({ filename }) => (filename.includes('node_modules') ? undefined : { runes: true })
      }),
      licencesPlugin(import.meta.dirname)
    ],
    build: {
      // The page also runs in the browsers people have; these are from spring 2024.
      target: 'es2022',
      cssTarget: ['chrome123', 'firefox125', 'safari17.4'],
      minify: true,
      sourcemap: true,
      // The page's policy allows no `data:` fonts, and a script of its own for each image is not worth the bytes.
      assetsInlineLimit: 0,
      // Loaded from this machine, where one file is faster than several.
      chunkSizeWarningLimit: 2000,
      rolldownOptions: { input: source('renderer/index.html') }
    }
  }
})
