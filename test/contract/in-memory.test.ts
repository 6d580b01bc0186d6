import { portPair } from '../../src/shared/port'
import { contractSuite } from './suite'

contractSuite('memory', () => {
  const [client, service] = portPair()
  return Promise.resolve({ client, service })
})
