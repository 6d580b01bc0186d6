import { crc32 } from 'node:zlib'
import { LaminaError } from '../../shared/errors'
import { metricsFrameSchema, type Envelope, type MetricsFrame, type StepBuckets } from '../../shared/training-run'
import { parse } from '../../shared/validate'

const MAGIC = 'LMCURVE1'
/** Magic, CRC-32 of everything after it, length of the JSON. */
const HEAD = MAGIC.length + 4 + 4

/**
 * The curves of a run as bytes: a head, a JSON text with everything that is exact (epochs, marks, progress, buckets'
 * bounds), and the envelopes as float32 little-endian, NaN where nothing was measured. A tenth of the JSON's size, and made
 * without holding anybody up.
 */
export function encodeCurves(frame: MetricsFrame): Uint8Array {
  const { loss, gradientNorms, updateRatios, last, count } = frame.steps
  const channels = [loss, ...gradientNorms, ...updateRatios].flatMap(({ mean, min, max }) => [mean, min, max])
  const text = Buffer.from(JSON.stringify({ ...frame, steps: { last, count }, layers: gradientNorms.length }), 'utf8')
  const length = last.length
  const bytes = Buffer.alloc(HEAD + text.length + channels.length * length * 4)
  bytes.write(MAGIC, 'latin1')
  bytes.writeUInt32LE(text.length, MAGIC.length + 4)
  text.copy(bytes, HEAD)
  let at = HEAD + text.length
  for (const channel of channels) {
    for (let i = 0; i < length; i++, at += 4) bytes.writeFloatLE(channel[i] ?? Number.NaN, at)
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(MAGIC.length + 4)), MAGIC.length)
  return bytes
}

/** @throws LaminaError `invalidArgument` for anything `encodeCurves` did not write */
export function decodeCurves(bytes: Buffer, name: string): MetricsFrame {
  const damaged = (why: string): LaminaError =>
    new LaminaError('invalidArgument', `${name} holds no curves: ${why}.`, { file: name })
  if (bytes.length < HEAD || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw damaged('it is another format')
  if (crc32(bytes.subarray(MAGIC.length + 4)) !== bytes.readUInt32LE(MAGIC.length)) throw damaged('it is damaged')
  const textLength = bytes.readUInt32LE(MAGIC.length + 4)
  const value: unknown = JSON.parse(bytes.toString('utf8', HEAD, HEAD + textLength))
  if (typeof value !== 'object' || value === null || !('layers' in value) || !('steps' in value))
    throw damaged('parts are missing')
  const { layers, ...frame } = value
  const { last, count } = value.steps as Partial<StepBuckets>
  const length = last?.length ?? 0
  let at = HEAD + textLength
  if (typeof layers !== 'number' || bytes.length !== at + (1 + 2 * layers) * 3 * length * 4)
    throw damaged('its length does not fit')
  const measures = (): (number | null)[] =>
    Array.from({ length }, () => {
      const measured = bytes.readFloatLE(at)
      at += 4
      return Number.isNaN(measured) ? null : measured
    })
  const envelope = (): Envelope => ({ mean: measures(), min: measures(), max: measures() })
  const envelopes = (): Envelope[] => Array.from({ length: layers }, envelope)
  const steps = { last, count, loss: envelope(), gradientNorms: envelopes(), updateRatios: envelopes() }
  return parse(metricsFrameSchema, { ...frame, steps }, { what: name, code: 'invalidArgument' })
}
