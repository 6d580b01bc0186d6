import { runCli } from './program'
import { isBrokenPipe, processTerminal } from './terminal'

process.stdout.on('error', (error) => {
  // The write itself reports it; without a listener it would end the process in the middle of its work.
  if (!isBrokenPipe(error)) throw error
})
process.exitCode = await runCli(process.argv.slice(2), { terminal: processTerminal() })
