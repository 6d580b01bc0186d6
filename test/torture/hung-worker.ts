import type { Scenario } from './scenario'
import { interrupted } from './support/interruptions'

export const hungWorker: Scenario = {
  name: 'hung-worker',
  claim:
    'the training process stops answering: noticed within 6 s, killed, training again within 3 s, the same weights',
  rounds: 10,
  run: (ordeal) =>
    interrupted(ordeal, {
      harm: (pid) => process.kill(pid, 'SIGSTOP'),
      reason: 'hung: it gave no sign of life',
      noticeWithin: 6000,
      againWithin: 3000
    })
}
