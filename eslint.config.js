import js from '@eslint/js'
import boundaries from 'eslint-plugin-boundaries'
import svelte from 'eslint-plugin-svelte'
import prettier from 'eslint-config-prettier'
import globals from 'globals'
import ts from 'typescript-eslint'

/**
 * Who may import whom (docs: CONTRIBUTING.md, "Layout"). `folders` are rooms of src/ besides the room itself;
 * `packages` are npm packages. Node's own modules are for `node: true` rooms. Type imports count too.
 */
export const rooms = {
  shared: { folders: [], packages: ['zod'], node: false },
  files: { folders: ['shared'], packages: [], node: true },
  native: { folders: ['shared'], packages: [], node: true },
  engine: { folders: ['shared', 'files', 'native'], packages: [], node: true },
  data: { folders: ['shared', 'files', 'native'], packages: ['@duckdb/node-api', '@duckdb/node-bindings'], node: true },
  service: { folders: ['shared', 'files', 'engine', 'data'], packages: [], node: true },
  main: { folders: ['shared', 'service', 'preload'], packages: ['electron'], node: true },
  preload: { folders: ['shared'], packages: ['electron'], node: false },
  web: { folders: ['shared', 'service'], packages: ['ws'], node: true },
  cli: { folders: ['shared', 'service'], packages: ['commander'], node: true },
  renderer: {
    folders: ['shared', 'preload'],
    packages: [
      'svelte',
      '@xyflow/svelte',
      'bits-ui',
      'paneforge',
      'mode-watcher',
      'chart.js',
      '@dagrejs/dagre',
      '@lucide/svelte',
      '@fontsource-variable/*'
    ],
    node: false
  }
}

const policies = Object.entries(rooms).flatMap(([room, { folders, packages, node }]) => [
  { from: { element: { type: room } }, allow: { to: { element: { types: { anyOf: [room, ...folders] } } } } },
  ...(packages.length === 0
    ? []
    : [
        {
          from: { element: { type: room } },
          allow: { to: { module: { origin: 'external', source: packages } } }
        }
      ]),
  ...(node ? [{ from: { element: { type: room } }, allow: { to: { module: { origin: 'core' } } } }] : [])
])

const strictRules = {
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-non-null-assertion': 'error',
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  'no-empty': ['error', { allowEmptyCatch: false }],
  'no-console': ['error', { allow: ['warn', 'error'] }],
  eqeqeq: 'error'
}
const typedRules = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/only-throw-error': 'error'
}

export default ts.config(
  { ignores: ['node_modules/', 'out/', 'build/', 'dist/', 'test-results/', 'resources/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs['flat/recommended'],
  prettier,
  ...svelte.configs['flat/prettier'],
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: globals.node },
    rules: { ...strictRules, 'no-console': 'off' }
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', '*.config.ts'],
    languageOptions: {
      parserOptions: {
        project: [
          './tsconfig.node.json',
          './tsconfig.renderer.json',
          './tsconfig.preload.json',
          './tsconfig.browser-tests.json'
        ],
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: { ...strictRules, ...typedRules }
  },
  {
    files: ['src/renderer/**/*.{ts,svelte}', 'src/preload/**/*.ts'],
    languageOptions: { globals: globals.browser }
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], project: './tsconfig.renderer.json' }
    },
    rules: {
      ...strictRules,
      // State holds maps and sets as immutable values in $state.raw; reactive collections would be a second way.
      'svelte/prefer-svelte-reactivity': 'off'
    }
  },
  {
    files: ['src/**/*.{ts,svelte}'],
    plugins: { boundaries },
    settings: {
      'boundaries/elements': Object.keys(rooms).map((room) => ({ type: room, pattern: `src/${room}` })),
      'boundaries/include': ['src/**'],
      'boundaries/dependency-nodes': ['import', 'dynamic-import', 'export'],
      'import/resolver': { node: { extensions: ['.ts', '.js', '.svelte', '.svelte.ts', '.json', '.css'] } }
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          checkAllOrigins: true,
          message: 'This room may not import that (see the table in eslint.config.js).',
          policies
        }
      ]
    }
  },
  {
    files: ['src/cli/**', 'test/**', 'scripts/**', 'src/web/**'],
    rules: { 'no-console': 'off' }
  }
)
