import { expect, it } from 'vitest'
import { candidates } from '../../bench/python-libraries'

it('tries the Python that was named first, and the usual ones after it', () => {
  const usual = candidates(undefined)
  expect(usual.length).toBeGreaterThan(0)
  expect(candidates('')).toEqual(usual)
  expect(candidates('/opt/venv/bin/python')).toEqual(['/opt/venv/bin/python', ...usual])
})
