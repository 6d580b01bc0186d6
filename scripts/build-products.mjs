/**
 * Compiles the program that measures the engine's matrix products (test/bench/native), and prints its path.
 * Exit code 0: it is there; 1: compiling failed; 3: this machine cannot do it, and says why.
 */
import { join } from 'node:path'
import { buildNativeProgram, findCompilers, root } from './native-program.mjs'

const CANNOT = 3

try {
  // In the order in which node-gyp looks for the one that makes the addon.
  const [compiler] = findCompilers(['g++', 'c++', 'clang++'])
  if (process.platform === 'win32' || compiler === undefined) {
    console.error(
      process.platform === 'win32'
        ? 'Matrix products are measured on systems with dlopen only.'
        : 'Matrix products are not measured: there is no C++ compiler (set CXX to one).'
    )
    process.exitCode = CANNOT
  } else {
    const program = await buildNativeProgram({
      compiler,
      name: 'products',
      sources: join(root, 'test/bench/native'),
      flags: ['-O3'],
      libraries: ['-ldl']
    })
    console.log(program)
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
