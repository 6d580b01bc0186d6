import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { LaminaError, messageOf } from '../shared/errors'

export interface WebArguments {
  /** 0: any free port. */
  readonly port: number
  readonly openBrowser: boolean
  readonly mostUploadBytes: number
  /** Absolute paths to open. */
  readonly files: readonly string[]
}

export const usage = `Usage: npm run web -- [options] [file ...]

Serves Lamina to a browser on this machine. Files (.lamina, .csv, .weights.json) are opened where they are.

  --port <n>          port to listen on (default: any free one)
  --no-open           only print the address, do not open a browser
  --max-upload <size> largest file a page may send, such as 500M or 8G (default: 4G)
  -h, --help          show this
`

const GIB = 1024 ** 3

/**
 * @param argv what follows the program's own name
 * @returns null when help was asked for
 * @throws LaminaError `invalidArgument`
 */
export function parseWebArguments(argv: readonly string[], workingFolder: string): WebArguments | null {
  const { values, positionals } = parsed(argv)
  if (values.help === true) return null
  return {
    port: portFrom(values.port),
    openBrowser: values['no-open'] !== true,
    mostUploadBytes: bytesFrom(values['max-upload']),
    files: positionals.map((path) => resolve(workingFolder, path))
  }
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        'no-open': { type: 'boolean' },
        'max-upload': { type: 'string' },
        help: { type: 'boolean', short: 'h' }
      }
    })
  } catch (error) {
    throw new LaminaError('invalidArgument', messageOf(error))
  }
}

function portFrom(text: string | undefined): number {
  if (text === undefined) return 0
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new LaminaError('invalidArgument', `--port ${text} is not a port: expected a whole number from 0 to 65535.`)
}

function bytesFrom(text: string | undefined): number {
  if (text === undefined) return 4 * GIB
  const match = /^(\d+)([kmgt]?)i?b?$/i.exec(text)
  const power = 'kmgt'.indexOf((match?.[2] ?? '').toLowerCase() || ' ') + 1
  const bytes = Number(match?.[1] ?? NaN) * 1024 ** power
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new LaminaError('invalidArgument', `--max-upload ${text} is not a size: expected a number such as 500M or 8G.`)
}
