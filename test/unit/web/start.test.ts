import { describe, expect, it } from 'vitest'
import { parseWebArguments } from '../../../src/web/arguments'
import { hasDisplay, openerOf } from '../../../src/web/browser'

describe('the arguments of the browser host', () => {
  it('default to a free port, an opened browser and 4 GiB uploads', () => {
    expect(parseWebArguments([], '/home/ada')).toEqual({
      port: 0,
      openBrowser: true,
      mostUploadBytes: 4 * 1024 ** 3,
      files: []
    })
  })

  it('are read, with files taken from the working folder', () => {
    expect(
      parseWebArguments(['iris.lamina', '--port', '8123', '--no-open', '--max-upload=500M', '/data/t.csv'], '/home/ada')
    ).toEqual({
      port: 8123,
      openBrowser: false,
      mostUploadBytes: 500 * 1024 ** 2,
      files: ['/home/ada/iris.lamina', '/data/t.csv']
    })
  })

  it.each([['--help'], ['-h']])('%s asks for help', (flag) => {
    expect(parseWebArguments([flag], '/')).toBeNull()
  })

  it.each([
    [['--port', '70000'], '--port 70000 is not a port: expected a whole number from 0 to 65535.'],
    [['--port', '-1'], /port/],
    [['--max-upload', '0'], '--max-upload 0 is not a size: expected a number such as 500M or 8G.'],
    [['--max-upload', 'big'], /--max-upload big is not a size/],
    [['--prot', '1'], /Unknown option '--prot'/]
  ])('%j is refused', (argv, message) => {
    expect(() => parseWebArguments(argv, '/')).toThrow(expect.objectContaining({ code: 'invalidArgument' }))
    expect(() => parseWebArguments(argv, '/')).toThrow(message)
  })
})

describe('the browser', () => {
  it.each([
    ['linux', {}, false],
    ['linux', { DISPLAY: '' }, false],
    ['linux', { DISPLAY: ':0' }, true],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
    ['darwin', {}, true],
    ['darwin', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, false],
    ['win32', {}, true]
  ] as const)('%s with %j has a display: %s', (platform, environment, expected) => {
    expect(hasDisplay(environment, platform)).toBe(expected)
  })

  it('is opened by the system, never through a shell', () => {
    const address = 'http://127.0.0.1:1/?token=a&b'
    expect(['linux', 'darwin', 'win32'].map((platform) => openerOf(platform as NodeJS.Platform, address))).toEqual([
      ['xdg-open', address],
      ['open', address],
      ['rundll32', 'url.dll,FileProtocolHandler', address]
    ])
  })
})
