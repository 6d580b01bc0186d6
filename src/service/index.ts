export { createService, type ClientConnection, type Service, type ServiceStatus } from './service'
export type { Host, SaveRequest, SaveTarget, WorkerExit, WorkerKind, WorkerProcess } from './host'
export { startNodeWorker } from './workers/node-worker'
export { workerEntries } from './workers/entries'
export { memoryKills } from './workers/memory-kills'
export { exitReason, lackedMemory, STOPPED, workerEnvironment } from './workers/process-words'
export { programFolder, programVersion, userFolders } from './program-files'
export { checkWritable, writeFileAtomically } from '../files/atomic-write'
export { safeFileName } from './files/file-names'
export { sameFile } from './files/same-file'
export { readText } from './files/read-text'
export {
  benchmarkCases,
  benchmarkOptimizers,
  runBenchmark,
  type BenchmarkCase,
  type BenchmarkOptimizer,
  type BenchmarkResult,
  type BenchmarkSettings
} from '../engine/benchmark'
