import { crc32 } from 'node:zlib'
import { LaminaError, messageOf } from '../../shared/errors'
import { foldDelta } from '../../shared/journal/content'
import {
  JOURNAL_FORMAT,
  JOURNAL_VERSION,
  firstRecordSchema,
  laterRecordSchema,
  type StoredContent,
  type StoredDelta
} from '../../shared/journal/stored'
import { parse } from '../../shared/validate'

export interface ReadJournal {
  readonly content: StoredContent
  /** When the document was last edited, in milliseconds since 1970. */
  readonly at: number
  /** The page went in good order after the last edit. */
  readonly left: boolean
  /** Bytes of the intact records. */
  readonly intact: number
  /** Records after those were damaged, beyond a last one that was cut off in the middle. */
  readonly damaged: boolean
}

/**
 * A journal's file: one record a line, each `<CRC-32 of the JSON, 8 hex digits> <JSON>`. The first holds the whole
 * document, later ones what changed since. A line that is cut off or does not match its sum ends what is believed:
 * everything before it is intact.
 */
export function wholeRecord(time: number, content: StoredContent): Buffer {
  return encode({ format: JOURNAL_FORMAT, version: JOURNAL_VERSION, at: time, content })
}
export function deltaRecord(time: number, delta: StoredDelta): Buffer {
  return encode({ at: time, delta })
}
export function leftRecord(time: number): Buffer {
  return encode({ at: time, left: true })
}

/**
 * @param name of the journal, for messages
 * @throws LaminaError `invalidArgument` when not even the first record can be used, `unsupportedVersion`
 */
export function readRecords(bytes: Buffer, name: string): ReadJournal {
  const first = lineAt(bytes, 0)
  const value = first === null ? undefined : decode(first.line)
  if (first === null || value === undefined) {
    throw new LaminaError('invalidArgument', `${name} is damaged from its beginning, so nothing can be brought back.`)
  }
  refuseNewer(value, name)
  const head = parse(firstRecordSchema, value, { what: name, code: 'invalidArgument' })
  let content: StoredContent = head.content
  let time = head.at
  let left = false
  let intact = first.end
  for (let next = lineAt(bytes, intact); next !== null; next = lineAt(bytes, intact)) {
    try {
      const record = parse(laterRecordSchema, decode(next.line), { what: name, code: 'invalidArgument' })
      left = 'left' in record
      if ('delta' in record) {
        content = foldDelta(content, record.delta)
        time = record.at
      }
    } catch (error) {
      if (error instanceof LaminaError) return { content, at: time, left, intact, damaged: true }
      throw error
    }
    intact = next.end
  }
  return { content, at: time, left, intact, damaged: false }
}

function encode(record: unknown): Buffer {
  let json: string
  try {
    json = JSON.stringify(record)
  } catch (error) {
    throw new LaminaError('invalidArgument', `A journal cannot hold this document: ${messageOf(error)}.`)
  }
  return Buffer.from(`${sumOf(json)} ${json}\n`)
}

/** @returns undefined for a line that is not what was written */
function decode(line: string): unknown {
  const json = line.slice(9)
  if (line[8] !== ' ' || line.slice(0, 8) !== sumOf(json)) return undefined
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function sumOf(json: string): string {
  return crc32(json).toString(16).padStart(8, '0')
}

/** The line from `start` on; null for none, or one without an end. */
function lineAt(bytes: Buffer, start: number): { line: string; end: number } | null {
  const end = bytes.indexOf(0x0a, start)
  return end < 0 ? null : { line: bytes.toString('utf8', start, end), end: end + 1 }
}

function refuseNewer(value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null || !('version' in value)) return
  if (typeof value.version === 'number' && value.version > JOURNAL_VERSION) {
    throw new LaminaError(
      'unsupportedVersion',
      `${name} was written by a newer Lamina (version ${value.version}; this one reads up to ${JOURNAL_VERSION}). Open it with that one.`
    )
  }
}
