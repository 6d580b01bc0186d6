/** Electron's utility processes as child processes of Node, by the rules of Electron's own lib/browser/api/utility-process.ts. */
import { fork } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { constants } from 'node:os'
import { PassThrough } from 'node:stream'
import { tell } from './page.mjs'

const parentPort = new URL('parent-port.mjs', import.meta.url).href

export function forkUtility(app, path, args, { serviceName, env, execArgv, stdio }) {
  if (stdio.length < 3 || stdio[0] !== 'ignore') throw new Error('stdin value other than ignore is not supported.')
  const child = fork(path, args, {
    env,
    execArgv: ['--import', parentPort, ...execArgv],
    serialization: 'advanced',
    stdio: [...stdio, 'ipc']
  })
  const utility = new EventEmitter()
  const stderr = new PassThrough()
  child.stderr.pipe(stderr)
  let [pid, killed] = [undefined, false]
  child.once('spawn', () => {
    pid = child.pid
    tell('spawned', { name: serviceName, pid, environment: Object.keys(env) })
    utility.emit('spawn')
  })
  child.on('message', (message) => utility.emit('message', message))
  child.once('exit', (code, signal) => {
    pid = undefined
    const status = signal === null ? code : killed ? 0 : constants.signals[signal]
    const reason = signal === null ? 'abnormal-exit' : signal === 'SIGKILL' ? 'killed' : 'crashed'
    const details = { type: 'Utility', name: serviceName, serviceName: 'node.mojom.NodeService', exitCode: status }
    if (status !== 0) app.emit('child-process-gone', {}, { ...details, reason })
    utility.emit('exit', status)
    stderr.removeAllListeners()
  })
  return Object.defineProperties(utility, {
    pid: { get: () => pid },
    stderr: { value: stderr },
    // Electron drops what is sent to a process that just died.
    postMessage: { value: (message) => void (child.connected && child.send(message, () => undefined)) },
    kill: {
      value() {
        if (pid === undefined) return false
        killed = true
        return child.kill('SIGTERM')
      }
    }
  })
}
