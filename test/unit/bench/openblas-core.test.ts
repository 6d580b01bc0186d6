import { expect, it } from 'vitest'
import { openBlasEnvironment } from '../../bench/openblas-core'

const avx512 = 'flags : fpu sse2 avx avx2 fma avx512f avx512vl'
const avx2 = 'flags : fpu sse2 avx avx2 fma'

it('gives OpenBLAS the vectors of a processor it does not know', () => {
  expect(openBlasEnvironment('OpenBLAS 0.3.21 DYNAMIC_ARCH Prescott', {}, avx512)).toEqual({
    OPENBLAS_CORETYPE: 'SkylakeX'
  })
  expect(openBlasEnvironment('openblas 0.3.21 Prescott', {}, avx2)).toEqual({ OPENBLAS_CORETYPE: 'Haswell' })
})

it('leaves alone what has chosen, was chosen, is unknown, or could not be better', () => {
  expect(openBlasEnvironment('openblas 0.3.21 Zen', {}, avx2)).toEqual({})
  expect(openBlasEnvironment('openblas 0.3.21 Prescott', { OPENBLAS_CORETYPE: 'Prescott' }, avx2)).toEqual({})
  expect(openBlasEnvironment(null, {}, avx512)).toEqual({})
  expect(openBlasEnvironment('openblas 0.3.21 Prescott', {}, 'flags : fpu sse2')).toEqual({})
})
