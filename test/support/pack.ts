import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where @electron/fuses finds the switches in a program. */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
/** Electron 45 has nine of them; as they come: all on. */
const FUSES_AS_THEY_COME = '1'.repeat(9)

/**
 * Packs the built program as `npm run package` does, short of installers, around files that stand in for Electron's
 * runtime on Linux.
 * @returns the folder of the packed program
 * @throws Error with electron-builder's words when it fails
 */
export function packAroundStandIn(folder: string): string {
  const runtime = join(folder, 'runtime')
  mkdirSync(join(runtime, 'resources'), { recursive: true })
  mkdirSync(join(runtime, 'locales'))
  const program = Buffer.concat([
    Buffer.from(`#!/bin/sh\nexit 0\n${FUSE_SENTINEL}`),
    Buffer.from([1, FUSES_AS_THEY_COME.length]),
    Buffer.from(`${FUSES_AS_THEY_COME}\n`)
  ])
  writeFileSync(join(runtime, 'electron'), program, { mode: 0o755 })
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'chrome-sandbox', 'locales/en-US.pak'])
    writeFileSync(join(runtime, name), name)
  const output = join(folder, 'dist')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      'node_modules/electron-builder/cli.js',
      ...['--linux', 'dir', '--publish', 'never'],
      `--config.electronDist=${runtime}`,
      `--config.directories.output=${output}`
    ],
    { encoding: 'utf8' }
  )
  if (status !== 0) throw new Error(`Packing failed (${String(status)}):\n${stdout}\n${stderr}`)
  return join(output, process.arch === 'arm64' ? 'linux-arm64-unpacked' : 'linux-unpacked')
}
