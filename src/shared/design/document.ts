import { LaminaError, messageOf, type ErrorCode } from '../errors'
import { parse } from '../validate'
import { DESIGN_FORMAT, DESIGN_VERSION, designSchema, type Design } from './schema'

/** A step that turns a document of one version into one of the next. */
export type Migration = (document: Record<string, unknown>) => Record<string, unknown>

/** Migrations by the version they start from; version 1 is the first, so there is none yet. */
const designMigrations: Readonly<Record<number, Migration>> = {}

export interface DocumentKind {
  format: string
  version: number
  /** "design", "weights": for messages. */
  noun: string
  code: ErrorCode
  migrations: Readonly<Record<number, Migration>>
}

/**
 * The versioned envelope every document shares: parse JSON, check `format`, refuse newer versions, migrate older ones.
 * @param fileName for messages
 */
export function openEnvelope(text: string, fileName: string, kind: DocumentKind): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
  } catch (error) {
    throw new LaminaError(
      kind.code,
      `${fileName} is not a ${kind.noun}: it is not valid JSON (${messageOf(error)}).`,
      { file: fileName },
      error
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LaminaError(
      kind.code,
      `${fileName} is not a ${kind.noun}: expected a JSON object with "format": "${kind.format}".`,
      { file: fileName }
    )
  }
  let document = value as Record<string, unknown>
  if (document['format'] !== kind.format) {
    const found = document['format'] === undefined ? 'no format' : `format ${JSON.stringify(document['format'])}`
    throw new LaminaError(
      kind.code,
      `${fileName} is not a ${kind.noun}: expected "format": "${kind.format}", found ${found}.`,
      { file: fileName }
    )
  }
  const version = document['version']
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new LaminaError(
      kind.code,
      `${fileName} has no usable version: expected a whole number from 1, found ${JSON.stringify(version) ?? 'nothing'}.`,
      { file: fileName }
    )
  }
  if (version > kind.version) {
    throw new LaminaError(
      'unsupportedVersion',
      `${fileName} was written by a newer Lamina (version ${version} of the ${kind.noun} format; this one reads up to ${kind.version}). Update Lamina to open it.`,
      { file: fileName, version }
    )
  }
  for (let from = version; from < kind.version; from++) {
    const migrate = kind.migrations[from]
    if (migrate === undefined)
      throw new LaminaError('internal', `No migration of the ${kind.noun} format from version ${from}.`)
    document = { ...migrate(document), version: from + 1 }
  }
  return document
}

const designKind: DocumentKind = {
  format: DESIGN_FORMAT,
  version: DESIGN_VERSION,
  noun: 'Lamina design',
  code: 'invalidDesign',
  migrations: designMigrations
}

/**
 * Read a design document.
 * @throws LaminaError `invalidDesign` or `unsupportedVersion`, naming the path inside the document
 */
export function parseDesign(text: string, fileName: string): Design {
  const design = parse(designSchema, openEnvelope(text, fileName, designKind), {
    what: fileName,
    code: 'invalidDesign'
  })
  checkReferences(design, fileName)
  return design
}

export function formatDesign(design: Design): string {
  return `${JSON.stringify(design, null, 2)}\n`
}

/** What a schema cannot say: ids are unique and edges end at blocks that exist. */
function checkReferences(design: Design, fileName: string): void {
  const ids = new Set<string>()
  for (const [index, node] of design.network.nodes.entries()) {
    if (ids.has(node.id)) {
      throw new LaminaError(
        'invalidDesign',
        `${fileName} is not valid: at network.nodes[${index}].id: a second block with the id "${node.id}".`,
        { file: fileName }
      )
    }
    ids.add(node.id)
  }
  for (const [index, edge] of design.network.edges.entries()) {
    for (const end of ['source', 'target'] as const) {
      if (!ids.has(edge[end])) {
        throw new LaminaError(
          'invalidDesign',
          `${fileName} is not valid: at network.edges[${index}].${end}: there is no block "${edge[end]}".`,
          { file: fileName }
        )
      }
    }
  }
}
