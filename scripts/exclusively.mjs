import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync
} from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Do something that several processes must not do at once: tests, npm and people may start builds side by side.
 * @param {string} lock a file that stands for the right to do it
 * @param {() => void | Promise<void>} work
 */
export async function exclusively(lock, work) {
  mkdirSync(dirname(lock), { recursive: true })
  let told = false
  while (!take(lock)) {
    // Whoever waits for minutes should know for whom.
    if (!told) console.error(`Waiting for another process that is at work here (it holds ${lock})…`)
    told = true
    await sleep(200)
  }
  try {
    await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function take(lock) {
  try {
    const file = openSync(lock, 'wx')
    writeSync(file, String(process.pid))
    closeSync(file)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (isHeld(lock)) return false
    removeAbandoned(lock)
    return take(lock)
  }
}

/** Only one of those who found the lock abandoned may remove it: another one's fresh lock is put back. */
function removeAbandoned(lock) {
  const aside = `${lock}.${process.pid}`
  try {
    renameSync(lock, aside)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  try {
    if (isHeld(aside)) linkSync(aside, lock)
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

/** Whether the process that took the lock lives; one that was killed left it behind. */
function isHeld(lock) {
  try {
    const holder = Number(readFileSync(lock, 'utf8'))
    // The holder may be between making the file and writing its number.
    if (holder === 0) return Date.now() - statSync(lock).mtimeMs < 5000
    process.kill(holder, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
