import { afterEach, describe, expect, it } from 'vitest'
import { PythonProcess, type StartedPython } from '../../bench/python-process'

const greeting = { library: 'Fake', version: '1', python: '3', executable: 'python3', blas: null }
const greets = `console.log(${JSON.stringify(JSON.stringify(greeting))})`
/** Answers every line with what `answer` makes of the request `r`. */
const answers = (answer: string): string =>
  `${greets};require('node:readline').createInterface({input:process.stdin}).on('line',(line)=>{const r=JSON.parse(line);${answer}})`
const says = (value: string): string => answers(`console.log(JSON.stringify(${value}))`)

const running: PythonProcess[] = []
afterEach(async () => {
  for (const process of running.splice(0)) await process.close()
})

/** A worker in JavaScript, which every machine with these tests has. */
async function start(
  script: string,
  environment: Record<string, string> = {},
  patience?: number
): Promise<StartedPython> {
  const started = await PythonProcess.start([process.execPath, '-e', script], environment, patience)
  running.push(started.process)
  return started
}

describe('a worker process', () => {
  it('says what it is, and answers one request after the other', async () => {
    const started = await start(says('{count:r.milliseconds,seconds:0.5}'))
    expect(started.greeting).toEqual(greeting)
    expect(await started.process.request({ milliseconds: 3 })).toEqual({ count: 3, seconds: 0.5 })
    expect(await started.process.request({ milliseconds: 4 })).toEqual({ count: 4, seconds: 0.5 })
  })

  it('gets the environment it is started with', async () => {
    const { process } = await start(says('{count:Number(process.env.BENCH_TEST),seconds:1}'), { BENCH_TEST: '12' })
    expect(await process.request({})).toEqual({ count: 12, seconds: 1 })
  })

  it('may report an error and go on', async () => {
    const { process } = await start(says('r.bad?{error:"ValueError: no such case"}:{count:1,seconds:1}'))
    await expect(process.request({ bad: true })).rejects.toThrow('ValueError: no such case')
    expect(await process.request({ bad: false })).toEqual({ count: 1, seconds: 1 })
  })

  it.each([
    ['no steps', '{count:0,seconds:1}'],
    ['no time', '{count:1,seconds:0}'],
    ['something else', '{steps:1}']
  ])('that answers %s is not believed', async (_, answer) => {
    const { process } = await start(says(answer))
    await expect(process.request({})).rejects.toThrow('answered something unexpected')
  })

  it('that ends instead of answering is quoted', async () => {
    const { process } = await start(answers('console.error("out of\\nmemory");process.exit(1)'))
    await expect(process.request({})).rejects.toThrow(/^memory$/)
  })

  it('that lacks its library is quoted', async () => {
    const script = 'console.error("Traceback\\nModuleNotFoundError: No module named torch");process.exit(1)'
    await expect(start(script)).rejects.toThrow(/^ModuleNotFoundError: No module named torch$/)
  })

  it('that greets with something else is refused', async () => {
    await expect(start('console.log("{}");process.stdin.resume()')).rejects.toThrow('answered something unexpected')
  })

  it('that hangs is ended', async () => {
    await expect(start('process.stdin.resume()', {}, 1)).rejects.toThrow('It did not answer for 0.001 seconds.')
  })

  it('that is not there is named', async () => {
    await expect(PythonProcess.start(['no-such-python'])).rejects.toThrow('no-such-python cannot be started')
  })

  it('ends when it is closed, and closing twice is fine', async () => {
    const { process } = await start(says('{count:1,seconds:1}'))
    await process.close()
    await process.close()
    await expect(process.request({})).rejects.toThrow('ended without a word')
  })
})
