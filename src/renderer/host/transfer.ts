import { fileRefSchema, type FilePurpose, type FileRef, type SavedFile } from '../../shared/contract'
import { LaminaError, errorDataSchema } from '../../shared/errors'
import { parse } from '../../shared/validate'
import { webPaths } from '../../shared/web-host'

/** A file on its way to the host. */
export interface Transfer {
  readonly name: string
  /** Bytes sent so far and altogether. */
  readonly sent: number
  readonly total: number
  /** At the pace so far; null in the first moments. */
  readonly secondsLeft: number | null
  cancel(): void
}
/** Before this the pace tells nothing. */
const SETTLED_SECONDS = 0.5
/** Hears of every change of the transfer under way; null when it is over, however it ended. */
export type TransferListener = (transfer: Transfer | null) => void

/** What the host should know about an uploaded file. */
export interface UploadOptions {
  /** Follows from the file's name when absent. */
  readonly purpose?: FilePurpose | undefined
  /** Files of one drop or one choice share a group, so that a design finds its table beside it. */
  readonly group?: string | undefined
}

/** A name for the files of one drop. */
export function newUploadGroup(): string {
  return crypto.randomUUID().replaceAll('-', '')
}

const acceptedSuffixes: Readonly<Record<FilePurpose, string>> = {
  design: '.lamina,.json,application/json',
  dataset: '.csv,.tsv,.tab,.txt,.gz,.parquet,.jsonl,.ndjson,text/csv,text/tab-separated-values,text/plain',
  weights: '.json,application/json'
}

/**
 * Send a file to the host, streamed from disk by the browser.
 * @throws LaminaError the host's own, `cancelled`, or `disconnected` when the connection broke
 */
export function uploadFile(file: File, options: UploadOptions, listener: TransferListener): Promise<FileRef> {
  return new Promise((resolve, reject) => {
    // XMLHttpRequest, because fetch does not tell how much of the body was sent.
    const request = new XMLHttpRequest()
    const cancel = (): void => request.abort()
    const finish = (settle: () => void): void => {
      listener(null)
      settle()
    }
    const began = performance.now()
    request.upload.addEventListener('progress', ({ loaded }) => {
      const elapsed = (performance.now() - began) / 1000
      const secondsLeft = elapsed < SETTLED_SECONDS || loaded === 0 ? null : (elapsed * (file.size - loaded)) / loaded
      listener({ name: file.name, sent: loaded, total: file.size, secondsLeft, cancel })
    })
    request.addEventListener('load', () =>
      finish(() => {
        try {
          resolve(fileOf(request, file.name))
        } catch (error) {
          reject(error)
        }
      })
    )
    request.addEventListener('abort', () =>
      finish(() => reject(new LaminaError('cancelled', `Sending ${file.name} was cancelled.`, { file: file.name })))
    )
    request.addEventListener('error', () =>
      finish(() =>
        reject(
          new LaminaError(
            'disconnected',
            `Sending ${file.name} broke off. Check that Lamina’s server is running, then try again.`,
            {
              file: file.name
            }
          )
        )
      )
    )
    const query = new URLSearchParams({ name: file.name })
    if (options.purpose !== undefined) query.set('purpose', options.purpose)
    if (options.group !== undefined) query.set('group', options.group)
    request.open('POST', `${webPaths.upload}?${query}`)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    listener({ name: file.name, sent: 0, total: file.size, secondsLeft: null, cancel })
    request.send(file)
  })
}

function fileOf(request: XMLHttpRequest, name: string): FileRef {
  let body: unknown = null
  try {
    body = JSON.parse(request.responseText)
  } catch {
    // Not the host's own answer (a proxy's error page, say): told by its status below.
  }
  if (request.status >= 200 && request.status < 300) {
    return parse(fileRefSchema, body, { what: `The answer to sending ${name}`, code: 'internal' })
  }
  const error = errorDataSchema.safeParse(body)
  if (error.success) throw LaminaError.fromData(error.data)
  throw new LaminaError('writeFailed', `The server refused ${name} (status ${request.status} ${request.statusText}).`, {
    file: name
  })
}

/**
 * Let the person choose with the browser's own dialog; empty when they cancel. With a design they may choose its table
 * as well, because a browser cannot look beside the design for it.
 */
export function chooseLocalFiles(purpose: FilePurpose): Promise<readonly File[]> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.multiple = purpose === 'design'
    input.accept =
      purpose === 'design' ? `${acceptedSuffixes.design},${acceptedSuffixes.dataset}` : acceptedSuffixes[purpose]
    input.addEventListener('change', () => resolve([...(input.files ?? [])]))
    input.addEventListener('cancel', () => resolve([]))
    input.click()
  })
}

/** Hand a saved file to the browser's downloads; nothing to do where it was written in place. */
export function deliverDownload(saved: SavedFile): void {
  if (saved.download === null) return
  const link = document.createElement('a')
  link.href = saved.download
  link.download = saved.file.name
  link.click()
}
