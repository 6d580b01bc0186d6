import type { Design } from '../../shared/design/schema'
import { messageOf } from '../../shared/errors'
import type { ProgressLine } from '../progress-line'
import type { Session } from '../session'
import { describeWarnings } from './inspect-profile'
import { leakageOf } from './prepare-table'

/**
 * Do something, a training above all, and say meanwhile which features give a target away. Relating the columns of a
 * million rows takes a fifth of what opening them does: nobody waits for it before the training begins, and the process
 * that does it has nothing else to do then. Where the work ends sooner it is waited for; what is stopped or fails is not.
 * @param dataset id of an open table
 */
export async function tellingLeakage<T>(
  session: Session,
  { dataset: settings }: Design,
  dataset: string,
  line: ProgressLine,
  work: () => Promise<T>
): Promise<T> {
  if (settings === null) return work()
  const controller = new AbortController()
  const telling = leakageOf(session, settings, dataset, controller.signal).then(
    (warnings) => {
      const text = describeWarnings(warnings).trimEnd()
      if (text !== '') line.note(text)
    },
    (error: unknown) => {
      if (controller.signal.aborted) return
      line.note(`Note: whether a feature gives the target away is not known: ${messageOf(error)}`)
    }
  )
  let done = false
  try {
    const result = await work()
    done = !session.wasInterrupted
    return result
  } finally {
    if (!done) controller.abort()
    await telling
  }
}
