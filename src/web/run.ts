import { join } from 'node:path'
import { createService, programFolder, programVersion, userFolders, type Host } from '../service'
import { messageOf } from '../shared/errors'
import { Access } from './access'
import type { WebArguments } from './arguments'
import { Downloads } from './downloads'
import { createWebServer } from './server'
import { Uploads } from './uploads'
import { createWebHost, transferFolders } from './web-host'

export interface RunningWebHost {
  /** For people to keep: the address with its token. */
  readonly address: string
  readonly port: number
  /** The same page for a browser started from here: good for one use. */
  oneTimeAddress(): string
  /** Ends connections and workers; resolves when nothing of them is left. */
  close(): Promise<void>
}

/** Start the service and serve it. @throws LaminaError when a file cannot be opened or the port is taken */
export async function runWebHost(args: WebArguments, log: Host['log']): Promise<RunningWebHost> {
  const program = programFolder()
  const user = userFolders()
  const folders = transferFolders(user.data)
  const access = new Access()
  const uploads = new Uploads({ folder: folders.uploads, mostBytes: args.mostUploadBytes })
  const downloads = new Downloads(folders.downloads)
  const host = createWebHost({
    version: programVersion(),
    folders: { ...user, resources: join(program, 'resources') },
    downloads,
    log
  })
  const service = createService(host)
  const server = createWebServer({
    access,
    uploads,
    downloads,
    pageFolder: join(program, 'out', 'renderer'),
    grant: (path, purpose) => service.grantFile(path, purpose),
    connect: (port) => service.connect(port),
    log
  })
  const close = async (): Promise<void> => {
    await server.close()
    await service.close()
    await downloads.close()
  }
  try {
    // Before the first page connects, so that it hears of them in the reply to its hello.
    for (const file of args.files) await service.openFromSystem(file)
    const port = await server.listen(args.port)
    removeStale(uploads, downloads, log)
    const addressWith = (token: string): string => `http://127.0.0.1:${port}/?token=${token}`
    return {
      address: addressWith(access.token),
      port,
      oneTimeAddress: () => addressWith(access.issueOneTimeToken()),
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Housekeeping nobody waits for. */
function removeStale(uploads: Uploads, downloads: Downloads, log: Host['log']): void {
  Promise.all([uploads.removeStale(Date.now()), downloads.removeStale(Date.now())]).catch((error: unknown) =>
    log('warning', `Old uploads could not be removed: ${messageOf(error)}`)
  )
}
