import type { Capabilities, FilePurpose } from '../shared/contract'
import type { Port } from '../shared/port'
import type { SavePurpose } from './files/grants'

/** What the service needs from whoever runs it. Electron, the browser host and the command line each implement it. */
export interface Host {
  readonly capabilities: Capabilities
  readonly version: string
  readonly folders: {
    /** Recent files, uploads and whatever else must survive a restart. */
    readonly data: string
    /** Prepared datasets: can be deleted at any time. */
    readonly cache: string
    /** The project's `resources` folder: examples and schemas. */
    readonly resources: string
  }
  /** Ask the person for a file to open. @returns its absolute path, or null when they cancel */
  chooseFile(purpose: FilePurpose): Promise<string | null>
  /** Ask the person where to write. @returns null when they cancel */
  chooseSaveTarget(request: SaveRequest): Promise<SaveTarget | null>
  startWorker(kind: WorkerKind): WorkerProcess
  /** False for hosts whose files are nobody's business later, like the command line; true when left out. */
  readonly keepsRecentFiles?: boolean
  /** Bytes of memory that tables may take in this session; null, or left out, for what the person chose. */
  readonly tableMemory?: number | null
  /** Tell the system's own list of recent documents. */
  noteRecentFile?(path: string): void
  log(level: 'info' | 'warning' | 'error', message: string): void
}

export interface SaveRequest {
  readonly purpose: SavePurpose
  readonly suggestedName: string
  /** Folder to start in, when one is known. */
  readonly folder: string | null
}
export interface SaveTarget {
  readonly path: string
  /** Where a page can fetch the written file, on hosts that save by download. */
  readonly download: string | null
}

export type WorkerKind = 'data' | 'training'
export interface WorkerExit {
  /** In words: "crashed (segmentation fault)", "ran out of memory", "was killed". */
  readonly reason: string
}
/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly port: Port
  /** Stays after its end; undefined until the process is up, and when it could not be started. */
  readonly pid: number | undefined
  /** Resolves once, when the process has ended for whatever reason. */
  readonly exited: Promise<WorkerExit>
  /**
   * End it. `politely` lets it tidy up for a moment, if it can; `now` is for one that hangs. Either way the exit's reason
   * is that it was stopped.
   */
  kill(how?: 'politely' | 'now'): void
}
