import { afterAll, beforeAll, describe } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder'
import { appAndFilesCases } from './suite/app-and-files'
import { documentsCases } from './suite/documents'
import { runsCases } from './suite/runs'
import { trainingCases } from './suite/training'
import { weightsCases } from './suite/weights'
import { endsCases } from './suite/ends'
import { unsavedWorkCases } from './suite/unsaved-work'
import { Harness, type Link } from './suite/harness'

export type { Link } from './suite/harness'

/**
 * The contract as every transport has to carry it: each request's good case and its main failures.
 * @param link makes a fresh pair of joined ports; called several times
 */
export function contractSuite(name: string, link: () => Promise<Link>): void {
  describe(`the contract over ${name}`, () => {
    const harness = new Harness(temporaryFolder(), link)
    beforeAll(() => harness.open())
    afterAll(() => harness.close())

    appAndFilesCases(harness)
    documentsCases(harness)
    unsavedWorkCases(harness)
    trainingCases(harness)
    weightsCases(harness)
    runsCases(harness)
    endsCases(harness)
  })
}
