#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "compiler.h"

/** Vectors of 8 floats for processors with AVX2 and FMA. */
namespace {

constexpr size_t lanes = 8;
/** A product's tile: rows × vectors of sums kept in registers. */
constexpr size_t tileRows = 6;

struct Vector {
  __m256 v;
};

LAMINA_INLINE Vector zero() { return {_mm256_setzero_ps()}; }
LAMINA_INLINE Vector broadcast(float x) { return {_mm256_set1_ps(x)}; }
LAMINA_INLINE Vector load(const float* p) { return {_mm256_loadu_ps(p)}; }
LAMINA_INLINE void store(float* p, Vector x) { _mm256_storeu_ps(p, x.v); }
alignas(64) constexpr int32_t laneMasks[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
LAMINA_INLINE __m256i firstLanes(size_t count) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(laneMasks + lanes - count));
}
/** The first `count` < lanes numbers; the other lanes are zero. */
LAMINA_INLINE Vector loadPart(const float* p, size_t count) { return {_mm256_maskload_ps(p, firstLanes(count))}; }
LAMINA_INLINE void storePart(float* p, Vector x, size_t count) { _mm256_maskstore_ps(p, firstLanes(count), x.v); }
/** a · b + c */
LAMINA_INLINE Vector multiplyAdd(Vector a, Vector b, Vector c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }

/** Σ x² in 16 float64 sums, which are added up in one order on every instruction set. */
struct SquareSums {
  __m256d part[4] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()};
};
/** @param x 16 numbers */
LAMINA_INLINE void addSquares(SquareSums& sums, const float* x) {
  for (int i = 0; i < 4; ++i) {
    const __m256d part = _mm256_cvtps_pd(_mm_loadu_ps(x + 4 * i));
    sums.part[i] = _mm256_add_pd(sums.part[i], _mm256_mul_pd(part, part));
  }
}
LAMINA_INLINE void storeSums(const SquareSums& sums, double* out) {
  for (int i = 0; i < 4; ++i) _mm256_storeu_pd(out + 4 * i, sums.part[i]);
}

}  // namespace
