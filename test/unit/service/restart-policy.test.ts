import { expect, it } from 'vitest'
import { RestartPolicy } from '../../../src/service/training/restart-policy'

it('starts a process again twice, then asks; failures of over five minutes ago and forgiven ones do not count', () => {
  let now = 0
  const policy = new RestartPolicy(() => now)
  expect([policy.failed(), policy.failed(), policy.failed()]).toEqual([0, 1000, null])
  now = 299_999
  expect(policy.failed()).toBeNull()
  now = 300_001
  expect(policy.failed()).toBe(1000)
  policy.forgive()
  expect(policy.failed()).toBe(0)
})
