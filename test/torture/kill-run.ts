import type { Scenario } from './scenario'
import { interrupted } from './support/interruptions'

export const killRun: Scenario = {
  name: 'kill-run',
  claim:
    'the training process is killed in the middle of an epoch, below a whole service: noticed within 1 s, training again within 3 s, the weights of a run that was never interrupted',
  rounds: 50,
  run: (ordeal) =>
    interrupted(ordeal, {
      harm: (pid) => process.kill(pid, 'SIGKILL'),
      reason: 'was killed (SIGKILL)',
      noticeWithin: 1000,
      againWithin: 3000
    })
}
