/** Parses a CSV with PapaParse, header and types as people use it, rows streaming by; prints the milliseconds. */
import { createReadStream } from 'node:fs'
import Papa from 'papaparse'

const began = performance.now()
let rows = 0
Papa.parse(createReadStream(process.argv[2]), {
  header: true,
  dynamicTyping: process.argv[3] === 'typed',
  chunk: (results) => {
    rows += results.data.length
  },
  complete: () => console.log(JSON.stringify({ rows, milliseconds: performance.now() - began })),
  error: (error) => {
    console.error(error.message)
    process.exitCode = 1
  }
})
