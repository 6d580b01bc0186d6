import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** A file that is missing there links all the same, and ends the process where its first function is called. */
describe('binding.gyp', () => {
  it.each(['src/engine/native', 'src/data/native'])('lists every C++ file below %s, and no other', (folder) => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.cpp'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    const listed = [...readFileSync('binding.gyp', 'utf8').matchAll(/'(src\/[^']+\.cpp)'/g)]
      .map(([, name = '']) => name)
      .filter((name) => name.startsWith(`${folder}/`))
    expect(listed.length).toBeGreaterThan(5)
    expect(listed.sort()).toEqual(files.sort())
  })
})
