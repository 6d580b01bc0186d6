/** What is needed of Node's `process` in a worker. */
interface ChildProcessLike {
  /** Its third is the id of the process that started this one. */
  readonly argv: readonly string[]
  readonly ppid: number
  /** There under Electron, which ends its utility processes by itself. */
  readonly parentPort?: unknown
}

/**
 * Looks twice a second whether the parent is still there. It runs on a thread of its own, because a process that hangs or
 * is lost in a computation hears nothing; the second look gives one that is just leaving the time to do so in good order.
 * Only text crosses into the thread, so it is plain JavaScript. (Windows keeps the id of a parent that is gone.)
 */
const watch = `
const parent = require('node:worker_threads').workerData
let missed = 0
setInterval(() => {
  let gone = process.ppid !== parent
  if (!gone) try { process.kill(parent, 0) } catch (error) { gone = error.code === 'ESRCH' }
  missed = gone ? missed + 1 : 0
  if (missed > 1) process.kill(process.pid, 'SIGKILL')
}, 500)
`

/**
 * Make a worker process end with the process that started it, however that ends and whatever the worker is doing.
 * @param startThread starts a thread with this source and this value as its data
 * @param byKernel has the kernel see to it, which reaches even a process that is stopped; returns whether it does
 */
export function endWithParent(
  process: ChildProcessLike,
  startThread: (source: string, data: number) => void,
  byKernel: (parent: number) => boolean = () => false
): void {
  if (process.parentPort !== undefined) return
  const { ppid } = process
  if (!byKernel(Number(process.argv[2] ?? ppid))) startThread(watch, ppid)
}
