import { describe, expect, test } from 'vitest'
import { judge } from '../../torture/malformed/trace'

const approval = { marker: '/x/begin', own: ['/x/own'], readable: ['/usr'], forbidden: ['/x/own/secret'] }
const outside = (...calls: string[]): readonly string[] =>
  judge(['1 open("/etc/shadow", O_RDONLY) = 3', '1 statx(AT_FDCWD</>, "/x/begin") = -1', ...calls].join('\n'), approval)
    .outside

describe('what a traced program did with files', () => {
  test.each([
    ['7 openat(AT_FDCWD</y>, "/x/own/a.csv", O_WRONLY|O_CREAT, 0600) = 3'],
    ['7 openat(AT_FDCWD</y>, "/usr/lib/z.so", O_RDONLY|O_CLOEXEC) = 3</usr/lib/z.so>'],
    ['7 openat(AT_FDCWD</x/own>, "a.csv", O_RDONLY) = 3'],
    ['7 rename("/x/own/a.tmp", "/x/own/a") = 0'],
    ['7 statx(AT_FDCWD</y>, "/x/own/secret", 0) = 0'],
    ['7 <... openat resumed>) = 3']
  ])('%s is its own business', (call) => {
    expect(outside(call)).toEqual([])
  })

  test.each([
    ['7 openat(AT_FDCWD</y>, "/etc/passwd", O_RDONLY <unfinished ...>'],
    ['7 openat(AT_FDCWD</y>, "/usr/lib/z.so", O_WRONLY|O_TRUNC) = 3'],
    ['7 openat(AT_FDCWD</x/own>, "../other", O_RDONLY) = 3'],
    ['7 openat(AT_FDCWD</y>, "/x/own/secret", O_RDONLY) = 3'],
    ['7 openat(AT_FDCWD</y>, "/x/owned", O_RDONLY) = -1 ENOENT'],
    ['7 rename("/x/own/a.tmp", "/home/a") = 0'],
    ['7 unlink("/home/a") = 0']
  ])('%s is not', (call) => {
    expect(outside(call)).toHaveLength(1)
  })

  test('is not known without the beginning', () => {
    expect(() => judge('1 open("/a", O_RDONLY) = 3', approval)).toThrow('does not show where the attack begins')
  })
})
