import { expect, it } from 'vitest'
import { writeError } from '../../../src/files/system-error'

it.each([
  ['ENOSPC', 'writeFailed', 'the disk is full. Free some space there, or choose another place.'],
  ['EROFS', 'permissionDenied', 'the disk is read-only. Choose another place.'],
  ['ENOTCONN', 'writeFailed', 'its disk or network drive is gone. Connect it again, or choose another place.'],
  ['EXDEV', 'writeFailed', 'as the system says it.']
])('a write that fails with %s is told in words, with what to do', (code, expected, text) => {
  const thrown = Object.assign(new Error('as the system says it'), { code })
  expect(writeError('/media/stick/mine.lamina', thrown)).toMatchObject({
    code: expected,
    message: `Cannot write /media/stick/mine.lamina: ${text}`
  })
})
