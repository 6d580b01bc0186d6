#pragma once

#include <immintrin.h>

#include <cstddef>

#include "compiler.h"

/** Vectors of 16 floats for processors with AVX-512 (F, DQ, BW, VL). */
namespace {

constexpr size_t lanes = 16;
/** A product's tile: rows × vectors of sums kept in registers. */
constexpr size_t tileRows = 8;

struct Vector {
  __m512 v;
};

LAMINA_INLINE Vector zero() { return {_mm512_setzero_ps()}; }
LAMINA_INLINE Vector broadcast(float x) { return {_mm512_set1_ps(x)}; }
LAMINA_INLINE Vector load(const float* p) { return {_mm512_loadu_ps(p)}; }
LAMINA_INLINE void store(float* p, Vector x) { _mm512_storeu_ps(p, x.v); }
LAMINA_INLINE __mmask16 firstLanes(size_t count) { return static_cast<__mmask16>((1U << count) - 1); }
/** The first `count` < lanes numbers; the other lanes are zero. */
LAMINA_INLINE Vector loadPart(const float* p, size_t count) { return {_mm512_maskz_loadu_ps(firstLanes(count), p)}; }
LAMINA_INLINE void storePart(float* p, Vector x, size_t count) { _mm512_mask_storeu_ps(p, firstLanes(count), x.v); }
/** a · b + c */
LAMINA_INLINE Vector multiplyAdd(Vector a, Vector b, Vector c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }

/** Σ x² in 16 float64 sums, which are added up in one order on every instruction set. */
struct SquareSums {
  __m512d low = _mm512_setzero_pd();
  __m512d high = _mm512_setzero_pd();
};
/** @param x 16 numbers */
LAMINA_INLINE void addSquares(SquareSums& sums, const float* x) {
  // With a full mask, because GCC 12 warns of an uninitialised register in its own _mm512_cvtps_pd (its bug 105593).
  const __m512d low = _mm512_maskz_cvtps_pd(0xff, _mm256_loadu_ps(x));
  const __m512d high = _mm512_maskz_cvtps_pd(0xff, _mm256_loadu_ps(x + 8));
  sums.low = _mm512_add_pd(sums.low, _mm512_mul_pd(low, low));
  sums.high = _mm512_add_pd(sums.high, _mm512_mul_pd(high, high));
}
LAMINA_INLINE void storeSums(const SquareSums& sums, double* out) {
  _mm512_storeu_pd(out, sums.low);
  _mm512_storeu_pd(out + 8, sums.high);
}

}  // namespace
