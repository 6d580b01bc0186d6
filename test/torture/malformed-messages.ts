import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Attack } from './malformed/attacked'
import { attackMarker, layOut } from './malformed/ground'
import { judge } from './malformed/trace'
import type { Ordeal, Outcome, Scenario } from './scenario'

const project = resolve(import.meta.dirname, '../..')
const attacked = fileURLToPath(new URL('malformed/attacked.ts', import.meta.url))

/** Contract messages wrong in every way, over both transports, at a service with real workers that is watched by strace. */
export const malformedMessages: Scenario = {
  name: 'malformed-messages',
  claim:
    'malformed contract messages over both transports: no crash, no file but those handed over, and it still answers',
  rounds: 100_000,
  async run({ seed, rounds, progress }: Ordeal): Promise<Outcome> {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'lamina-malformed-')))
    try {
      const traces = spawnSync('strace', ['-V']).status === 0
      if (!traces) progress('There is no strace here: nobody watches which files are touched.')
      const { attack, problem } = await attackUnder(traces, root, seed, rounds, progress)
      const watched = traces ? watch(root) : null
      const failures = [
        ...(problem === null ? [] : [problem]),
        ...(attack?.failures ?? []),
        ...(watched?.outside ?? []).slice(0, 20).map((call) => `no business with this file: ${call.slice(0, 300)}`)
      ]
      return {
        survived: attack === null ? 0 : attack.sent,
        rounds,
        figures: {
          refused: attack?.refused ?? 0,
          'right by accident': attack?.answered ?? 0,
          'sockets closed': attack?.closed ?? 0,
          'slowest hello, ms': attack?.slowestHello ?? 0,
          'file calls seen': watched?.calls ?? 'none: there is no strace',
          'outside approved places': watched?.outside.length ?? 'not known'
        },
        failures
      }
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  }
}

const traceFile = (root: string): string => join(root, 'trace')

async function attackUnder(
  traces: boolean,
  root: string,
  seed: number,
  rounds: number,
  progress: (text: string) => void
): Promise<{ attack: Attack | null; problem: string | null }> {
  const temporary = join(root, 'tmp')
  mkdirSync(temporary)
  const runner = createRequire(import.meta.url).resolve('tsx/cli')
  const command = [process.execPath, runner, attacked, root, String(seed), String(rounds)]
  const watcher = ['strace', '-f', '-qq', '--seccomp-bpf', '-y', '-e', 'trace=%file', '-e', 'signal=none']
  const [program = '', ...args] = traces ? [...watcher, '-o', traceFile(root), ...command] : command
  const child = spawn(program, args, {
    cwd: project,
    env: { ...process.env, TMPDIR: temporary, HOME: root },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-2000)
    progress(text.trim())
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const line = stdout.trim().split('\n').at(-1) ?? ''
  if (code === 0) return { attack: JSON.parse(line) as Attack, problem: null }
  return {
    attack: null,
    problem: `The attacked process ended with ${code ?? 'a signal'}: ${stderr.trim().slice(-1000)}`
  }
}

function watch(root: string): ReturnType<typeof judge> {
  const { handedOver, forbidden } = layOut(root)
  return judge(readFileSync(traceFile(root), 'utf8'), {
    marker: attackMarker(root),
    own: [join(root, 'data'), join(root, 'cache'), join(root, 'tmp'), handedOver, '/dev/null'],
    readable: [
      ...['out', 'src', 'test', 'build', 'resources', 'node_modules', 'package.json'].map((name) =>
        join(project, name)
      ),
      realpathSync(dirname(process.execPath)),
      ...['/usr', '/lib', '/lib64', '/etc/ld.so.cache', '/etc/localtime', '/etc/ssl', '/sys'],
      ...[
        '/proc/self/maps',
        '/proc/self/cgroup',
        '/proc/self/stat',
        '/proc/self/mountinfo',
        '/proc/meminfo',
        '/proc/vmstat',
        '/proc/sys/vm/overcommit_memory'
      ]
    ],
    forbidden: [...forbidden, '/etc/passwd', '/proc/self/environ', '/dev/zero']
  })
}
