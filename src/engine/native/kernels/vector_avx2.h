#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "compiler.h"

/** Vectors of 8 floats for processors with AVX2 and FMA. What each operation does: vector_avx512.h. */
namespace {

constexpr size_t lanes = 8;
/** Rows of a product's tile: with two vectors each, their sums fill the registers; with one, the copies of E do. */
constexpr size_t tileRows = 6;
constexpr size_t tallTileRows = 8;

struct Vector {
  __m256 v;
};
struct Words {
  __m256i v;
};
struct Doubles {
  __m256d low;
  __m256d high;
};
/** All bits of a lane, or none. */
struct Mask {
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
LAMINA_INLINE Vector loadPart(const float* p, size_t count) { return {_mm256_maskload_ps(p, firstLanes(count))}; }
LAMINA_INLINE void storePart(float* p, Vector x, size_t count) { _mm256_maskstore_ps(p, firstLanes(count), x.v); }

LAMINA_INLINE Vector multiplyAdd(Vector a, Vector b, Vector c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
LAMINA_INLINE Vector operator+(Vector a, Vector b) { return {_mm256_add_ps(a.v, b.v)}; }
LAMINA_INLINE Vector operator-(Vector a, Vector b) { return {_mm256_sub_ps(a.v, b.v)}; }
LAMINA_INLINE Vector operator*(Vector a, Vector b) { return {_mm256_mul_ps(a.v, b.v)}; }
LAMINA_INLINE Vector operator/(Vector a, Vector b) { return {_mm256_div_ps(a.v, b.v)}; }
LAMINA_INLINE Vector squareRoot(Vector x) { return {_mm256_sqrt_ps(x.v)}; }
LAMINA_INLINE Vector atMost(Vector x, Vector bound) { return {_mm256_min_ps(bound.v, x.v)}; }
LAMINA_INLINE Vector atLeast(Vector x, Vector bound) { return {_mm256_max_ps(bound.v, x.v)}; }

LAMINA_INLINE Mask operator<(Vector a, Vector b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
LAMINA_INLINE Mask operator<=(Vector a, Vector b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }
LAMINA_INLINE Mask operator==(Vector a, Vector b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)}; }
LAMINA_INLINE Vector select(Mask mask, Vector yes, Vector no) { return {_mm256_blendv_ps(no.v, yes.v, mask.v)}; }

LAMINA_INLINE Words bitsOf(Vector x) { return {_mm256_castps_si256(x.v)}; }
LAMINA_INLINE Vector fromBits(Words x) { return {_mm256_castsi256_ps(x.v)}; }
LAMINA_INLINE Words broadcastWords(uint32_t x) { return {_mm256_set1_epi32(static_cast<int32_t>(x))}; }
LAMINA_INLINE Words loadWords(const uint32_t* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
}
LAMINA_INLINE Words operator+(Words a, Words b) { return {_mm256_add_epi32(a.v, b.v)}; }
LAMINA_INLINE Words operator-(Words a, Words b) { return {_mm256_sub_epi32(a.v, b.v)}; }
LAMINA_INLINE Words operator&(Words a, Words b) { return {_mm256_and_si256(a.v, b.v)}; }
LAMINA_INLINE Words operator|(Words a, Words b) { return {_mm256_or_si256(a.v, b.v)}; }
LAMINA_INLINE Words operator^(Words a, Words b) { return {_mm256_xor_si256(a.v, b.v)}; }
template <int bits>
LAMINA_INLINE Words shiftLeft(Words x) {
  return {_mm256_slli_epi32(x.v, bits)};
}
template <int bits>
LAMINA_INLINE Words shiftRightSigned(Words x) {
  return {_mm256_srai_epi32(x.v, bits)};
}
LAMINA_INLINE Words minimum(Words a, Words b) { return {_mm256_min_epu32(a.v, b.v)}; }
/** There is only a signed comparison: both operands are moved by half the range. */
LAMINA_INLINE Mask operator<(Words a, Words b) {
  const Words half = broadcastWords(0x80000000);
  return {_mm256_castsi256_ps(_mm256_cmpgt_epi32((b ^ half).v, (a ^ half).v))};
}
LAMINA_INLINE Mask operator==(Words a, Words b) { return {_mm256_castsi256_ps(_mm256_cmpeq_epi32(a.v, b.v))}; }
LAMINA_INLINE Words select(Mask mask, Words yes, Words no) {
  return {_mm256_blendv_epi8(no.v, yes.v, _mm256_castps_si256(mask.v))};
}
LAMINA_INLINE Words multiplyEven(Words a, Words b) { return {_mm256_mul_epu32(a.v, b.v)}; }
LAMINA_INLINE Words reverseFours(Words x) { return {_mm256_shuffle_epi32(x.v, _MM_SHUFFLE(0, 1, 2, 3))}; }
LAMINA_INLINE Words oddToEven(Words x) { return {_mm256_srli_epi64(x.v, 32)}; }

LAMINA_INLINE Doubles zeroDoubles() { return {_mm256_setzero_pd(), _mm256_setzero_pd()}; }
LAMINA_INLINE Doubles loadDoubles(const double* p) { return {_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)}; }
LAMINA_INLINE void storeDoubles(double* p, Doubles x) {
  _mm256_storeu_pd(p, x.low);
  _mm256_storeu_pd(p + 4, x.high);
}
LAMINA_INLINE Doubles widen(Vector x) {
  return {_mm256_cvtps_pd(_mm256_castps256_ps128(x.v)), _mm256_cvtps_pd(_mm256_extractf128_ps(x.v, 1))};
}
LAMINA_INLINE Doubles operator+(Doubles a, Doubles b) {
  return {_mm256_add_pd(a.low, b.low), _mm256_add_pd(a.high, b.high)};
}
LAMINA_INLINE Doubles multiplyAdd(Doubles a, Doubles b, Doubles c) {
  return {_mm256_fmadd_pd(a.low, b.low, c.low), _mm256_fmadd_pd(a.high, b.high, c.high)};
}
/** The upper half added to the lower one until one is left. */
LAMINA_INLINE double addHalves(Doubles x) {
  const __m256d four = _mm256_add_pd(x.low, x.high);
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

LAMINA_INLINE bool anyLane(Mask mask) { return _mm256_movemask_ps(mask.v) != 0; }

/** Columns `first` to `first` + 3 of `lanes` rows, of which `row(i)` is the start: each becomes a vector. */
template <class Row>
LAMINA_INLINE void loadColumns(const Row& row, size_t first, Vector (&columns)[4]) {
  // Loads place halves of rows where shuffles would have to.
  __m256 fours[4];
  for (size_t i = 0; i < 4; ++i) {
    fours[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row(i) + first)),
                                    _mm_loadu_ps(row(i + 4) + first), 1);
  }
  const __m256 low01 = _mm256_unpacklo_ps(fours[0], fours[1]);
  const __m256 high01 = _mm256_unpackhi_ps(fours[0], fours[1]);
  const __m256 low23 = _mm256_unpacklo_ps(fours[2], fours[3]);
  const __m256 high23 = _mm256_unpackhi_ps(fours[2], fours[3]);
  columns[0].v = _mm256_shuffle_ps(low01, low23, 0x44);
  columns[1].v = _mm256_shuffle_ps(low01, low23, 0xee);
  columns[2].v = _mm256_shuffle_ps(high01, high23, 0x44);
  columns[3].v = _mm256_shuffle_ps(high01, high23, 0xee);
}

/** Lane i becomes the sum of all lanes of rows[i]: the upper half added to the lower one until one is left. */
LAMINA_INLINE Vector sumLanes(const Vector (&rows)[lanes]) {
  __m256 pairs[2];
  for (size_t pair = 0; pair < 2; ++pair) {
    __m256 halves[2];
    for (size_t i = 0; i < 2; ++i) {
      const __m256 a = rows[2 * pair + i].v;
      const __m256 b = rows[2 * pair + i + 4].v;
      halves[i] = _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
    }
    pairs[pair] = _mm256_add_ps(_mm256_shuffle_ps(halves[0], halves[1], 0x44),
                                _mm256_shuffle_ps(halves[0], halves[1], 0xee));
  }
  return {_mm256_add_ps(_mm256_shuffle_ps(pairs[0], pairs[1], 0x88), _mm256_shuffle_ps(pairs[0], pairs[1], 0xdd))};
}

}  // namespace
