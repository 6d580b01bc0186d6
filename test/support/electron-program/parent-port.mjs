/** Loaded first in a stand-in for a utility process: `process.parentPort` in place of Node's own channel. */
import { EventEmitter } from 'node:events'

const send = process.send.bind(process)
delete process.send
const waiting = []
const port = Object.assign(new EventEmitter(), { postMessage: (message) => send(message) })
process.on('message', (data) => {
  if (port.listenerCount('message') === 0) waiting.push(data)
  else port.emit('message', { data, ports: [] })
})
// Messages wait for the first listener.
port.on('newListener', (name) => {
  if (name === 'message')
    queueMicrotask(() => waiting.splice(0).forEach((data) => port.emit('message', { data, ports: [] })))
})
// Chromium ends its utility processes with the one that started them.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
Object.defineProperty(process, 'parentPort', { value: port })
