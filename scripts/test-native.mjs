/**
 * Compiles the C++ engine without JavaScript, with a program that tests it piece by piece, and runs it.
 *
 *   node scripts/test-native.mjs [address|thread|portable|gcc|clang|arm64|windows]
 *   node scripts/test-native.mjs tables <settings> <file>
 *
 * `address` (the default) watches memory and undefined behaviour, `thread` data races; `portable` builds for a
 * processor without any vector extension this engine knows. These take the first of $CXX, or clang++, g++ and c++, that
 * can do it. `gcc` and `clang` build as users do, optimised, and the addons' own files too: no compiler may warn.
 * `tables` has the table reader scan a file, watched as by `address` (test/unit/data/native/main.cpp says what it prints).
 * `arm64` compiles for 64-bit ARM and runs in an emulator; `windows` compiles with MinGW and runs under Wine (Debian:
 * g++-mingw-w64-x86-64-posix, wine).
 * Exit code 0: all passed; 1: compiling or a test failed; 2: wrong usage; 3: this machine cannot do it, and says why.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { buildNativeProgram, cppIn, findCompilers, root, run, whyNotWith } from './native-program.mjs'

const tested = ['-O1', '-g1']
const optimised = { flags: ['-O3'], others: addonFiles }
const modes = {
  address: { flags: [...tested, '-fsanitize=address,undefined', '-fno-sanitize-recover=all'] },
  tables: {
    flags: [...tested, '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    part: 'tables',
    sources: 'test/unit/data/native'
  },
  thread: { flags: [...tested, '-fsanitize=thread'] },
  portable: { flags: ['-O3'], architecture: 'portable' },
  gcc: { ...optimised, compilers: ['g++'] },
  clang: { ...optimised, compilers: ['clang++'] },
  arm64: {
    flags: ['-O2', '-static'],
    architecture: 'arm64',
    compilers: ['aarch64-linux-gnu-g++'],
    runner: ['qemu-aarch64']
  },
  windows: {
    flags: ['-O2', '-static'],
    // MinGW aligns no stack to more than 16 bytes, and its GCC 12 fails at the kernels for AVX-512.
    architecture: 'portable',
    compilers: ['x86_64-w64-mingw32-g++'],
    runner: ['wine']
  }
}
const CANNOT = 3

const name = process.argv[2] ?? 'address'
if (Object.hasOwn(modes, name)) process.exitCode = await main(modes[name])
else {
  console.error(`Expected one of ${Object.keys(modes).join(', ')}, found "${name}".`)
  process.exitCode = 2
}

async function main({ flags, architecture, runner = [], compilers, others, part, sources = 'test/engine/native' }) {
  try {
    const { compiler, reason } = choose(compilers ?? findCompilers(), flags, runner)
    if (compiler === undefined) {
      console.error(`The C++ tests cannot run in the mode "${name}": ${reason}.`)
      return CANNOT
    }
    const program = await buildNativeProgram({
      compiler,
      name: `tests-${name}`,
      part,
      sources: join(root, sources),
      flags,
      architecture,
      others: others?.()
    })
    const [command, ...argv] = [...runner, program]
    await run(command, [...argv, ...process.argv.slice(3)])
    return 0
  } catch (error) {
    console.error(error.message)
    return 1
  }
}

/** The first that can do it, or why none can. */
function choose(compilers, flags, runner) {
  if (compilers.length === 0) return { reason: 'there is no C++ compiler (set CXX to one)' }
  const reasons = []
  for (const compiler of compilers) {
    const reason = whyNotWith(compiler, flags, runner)
    if (reason === null) return { compiler }
    reasons.push(reason)
  }
  return { reason: reasons.join('; ') }
}

/** What only Node.js can run: compiled here for the compiler's opinion. */
function addonFiles() {
  const require = createRequire(import.meta.url)
  const includes = [require('node-addon-api').include_dir, require('node-api-headers').include_dir]
  const flags = [
    ...includes.flatMap((folder) => ['-isystem', folder]),
    ...['LAMINA_VERSION="test"', 'NAPI_VERSION=8', 'NAPI_CPP_EXCEPTIONS'].map((define) => `-D${define}`),
    // The registration of an addon is a list of fields of which the last ones are left out.
    '-Wno-missing-field-initializers'
  ]
  const folders = ['src/engine/native/binding', 'src/data/native', 'src/data/native/binding']
  return folders.flatMap(cppIn).map((source) => ({ source, flags }))
}
