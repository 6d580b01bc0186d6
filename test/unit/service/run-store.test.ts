import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { RunStore } from '../../../src/service/history/run-store'
import { temporaryFolder } from '../../support/temporary-folder'

vi.mock('../../../src/service/files/read-text', () => ({
  readText: (path: string) => rm(dirname(path), { recursive: true }).then(() => '{}')
}))
vi.mock('../../../src/shared/run-history', () => ({ parseRunRecord: () => ({ id: 'run', owner: null }) }))

const folder = temporaryFolder()

it('says of a run that is removed once its record was read that it is not there', async () => {
  await mkdir(join(folder, 'run'))
  await expect(new RunStore(folder).read('run')).rejects.toMatchObject({ code: 'notFound' })
})
