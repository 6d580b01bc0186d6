#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "compiler.h"

/**
 * Vectors of 16 floats for processors with AVX-512 (F, DQ, BW, VL). Many operations are the masked form with a full
 * mask, because GCC 12 warns of an uninitialised register in its own plain ones (its bug 105593).
 */
namespace {

constexpr size_t lanes = 16;
/** Rows of a product's tile: with two vectors each, their sums fill the registers; with one, the copies of E do. */
constexpr size_t tileRows = 14;
constexpr size_t tallTileRows = 16;

struct Vector {
  __m512 v;
};
/** As many 32-bit words as a vector has floats. */
struct Words {
  __m512i v;
};
/** As many float64 numbers as a vector has floats. */
struct Doubles {
  __m512d low;
  __m512d high;
};
/** One yes or no a lane. */
struct Mask {
  __mmask16 v;
};

LAMINA_INLINE Vector zero() { return {_mm512_setzero_ps()}; }
LAMINA_INLINE Vector broadcast(float x) { return {_mm512_set1_ps(x)}; }
LAMINA_INLINE Vector load(const float* p) { return {_mm512_loadu_ps(p)}; }
LAMINA_INLINE void store(float* p, Vector x) { _mm512_storeu_ps(p, x.v); }
LAMINA_INLINE __mmask16 firstLanes(size_t count) { return static_cast<__mmask16>((1U << count) - 1); }
/** The first `count` ≤ lanes numbers; the other lanes are zero. */
LAMINA_INLINE Vector loadPart(const float* p, size_t count) { return {_mm512_maskz_loadu_ps(firstLanes(count), p)}; }
LAMINA_INLINE void storePart(float* p, Vector x, size_t count) { _mm512_mask_storeu_ps(p, firstLanes(count), x.v); }

/** a · b + c */
LAMINA_INLINE Vector multiplyAdd(Vector a, Vector b, Vector c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
LAMINA_INLINE Vector operator+(Vector a, Vector b) { return {_mm512_add_ps(a.v, b.v)}; }
LAMINA_INLINE Vector operator-(Vector a, Vector b) { return {_mm512_sub_ps(a.v, b.v)}; }
LAMINA_INLINE Vector operator*(Vector a, Vector b) { return {_mm512_mul_ps(a.v, b.v)}; }
LAMINA_INLINE Vector operator/(Vector a, Vector b) { return {_mm512_div_ps(a.v, b.v)}; }
LAMINA_INLINE Vector squareRoot(Vector x) { return {_mm512_maskz_sqrt_ps(0xffff, x.v)}; }
/** min(x, bound); a NaN stays. */
LAMINA_INLINE Vector atMost(Vector x, Vector bound) { return {_mm512_maskz_min_ps(0xffff, bound.v, x.v)}; }
/** max(x, bound); a NaN stays. */
LAMINA_INLINE Vector atLeast(Vector x, Vector bound) { return {_mm512_maskz_max_ps(0xffff, bound.v, x.v)}; }

// No comparison holds for a NaN.
LAMINA_INLINE Mask operator<(Vector a, Vector b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
LAMINA_INLINE Mask operator<=(Vector a, Vector b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
LAMINA_INLINE Mask operator==(Vector a, Vector b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
LAMINA_INLINE Vector select(Mask mask, Vector yes, Vector no) { return {_mm512_mask_blend_ps(mask.v, no.v, yes.v)}; }

LAMINA_INLINE Words bitsOf(Vector x) { return {_mm512_castps_si512(x.v)}; }
LAMINA_INLINE Vector fromBits(Words x) { return {_mm512_castsi512_ps(x.v)}; }
LAMINA_INLINE Words broadcastWords(uint32_t x) { return {_mm512_set1_epi32(static_cast<int32_t>(x))}; }
LAMINA_INLINE Words loadWords(const uint32_t* p) { return {_mm512_loadu_si512(p)}; }
LAMINA_INLINE Words operator+(Words a, Words b) { return {_mm512_add_epi32(a.v, b.v)}; }
LAMINA_INLINE Words operator-(Words a, Words b) { return {_mm512_sub_epi32(a.v, b.v)}; }
LAMINA_INLINE Words operator&(Words a, Words b) { return {_mm512_and_si512(a.v, b.v)}; }
LAMINA_INLINE Words operator|(Words a, Words b) { return {_mm512_or_si512(a.v, b.v)}; }
LAMINA_INLINE Words operator^(Words a, Words b) { return {_mm512_xor_si512(a.v, b.v)}; }
template <int bits>
LAMINA_INLINE Words shiftLeft(Words x) {
  return {_mm512_maskz_slli_epi32(0xffff, x.v, bits)};
}
/** Copies of the sign bit come in. */
template <int bits>
LAMINA_INLINE Words shiftRightSigned(Words x) {
  return {_mm512_maskz_srai_epi32(0xffff, x.v, bits)};
}
// Words are without a sign here.
LAMINA_INLINE Words minimum(Words a, Words b) { return {_mm512_maskz_min_epu32(0xffff, a.v, b.v)}; }
LAMINA_INLINE Mask operator<(Words a, Words b) { return {_mm512_cmplt_epu32_mask(a.v, b.v)}; }
LAMINA_INLINE Mask operator==(Words a, Words b) { return {_mm512_cmpeq_epi32_mask(a.v, b.v)}; }
LAMINA_INLINE Words select(Mask mask, Words yes, Words no) { return {_mm512_mask_blend_epi32(mask.v, no.v, yes.v)}; }
/** Words 0, 2, 4 … of both multiplied: each 64-bit product takes the place of its word and the next. */
LAMINA_INLINE Words multiplyEven(Words a, Words b) { return {_mm512_maskz_mul_epu32(0xff, a.v, b.v)}; }
/** Each four words in the opposite order. */
LAMINA_INLINE Words reverseFours(Words x) {
  // As floats, because compilers differ in the type of the other form's pattern.
  return bitsOf({_mm512_maskz_permute_ps(0xffff, fromBits(x).v, _MM_SHUFFLE(0, 1, 2, 3))});
}
/** Words 1, 3, 5 … each in the place before theirs, and zeros in theirs. */
LAMINA_INLINE Words oddToEven(Words x) { return {_mm512_maskz_srli_epi64(0xff, x.v, 32)}; }

LAMINA_INLINE Doubles zeroDoubles() { return {_mm512_setzero_pd(), _mm512_setzero_pd()}; }
LAMINA_INLINE Doubles loadDoubles(const double* p) { return {_mm512_loadu_pd(p), _mm512_loadu_pd(p + 8)}; }
LAMINA_INLINE void storeDoubles(double* p, Doubles x) {
  _mm512_storeu_pd(p, x.low);
  _mm512_storeu_pd(p + 8, x.high);
}
LAMINA_INLINE Doubles widen(Vector x) {
  return {_mm512_maskz_cvtps_pd(0xff, _mm512_maskz_extractf32x8_ps(0xff, x.v, 0)),
          _mm512_maskz_cvtps_pd(0xff, _mm512_maskz_extractf32x8_ps(0xff, x.v, 1))};
}
LAMINA_INLINE Doubles operator+(Doubles a, Doubles b) {
  return {_mm512_add_pd(a.low, b.low), _mm512_add_pd(a.high, b.high)};
}
/** a · b + c, where a · b is exact: products of widened floats are. */
LAMINA_INLINE Doubles multiplyAdd(Doubles a, Doubles b, Doubles c) {
  return {_mm512_fmadd_pd(a.low, b.low, c.low), _mm512_fmadd_pd(a.high, b.high, c.high)};
}
/** The upper half added to the lower one until one is left. */
LAMINA_INLINE double addHalves(Doubles x) {
  const __m512d eight = _mm512_add_pd(x.low, x.high);
  const __m256d four = _mm256_add_pd(_mm512_maskz_extractf64x4_pd(0xf, eight, 0), _mm512_maskz_extractf64x4_pd(0xf, eight, 1));
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

LAMINA_INLINE bool anyLane(Mask mask) { return mask.v != 0; }

/** Columns `first` to `first` + 3 of `lanes` rows, of which `row(i)` is the start: each becomes a vector. */
template <class Row>
LAMINA_INLINE void loadColumns(const Row& row, size_t first, Vector (&columns)[4]) {
  // Loads place quarters of rows where shuffles would have to.
  __m512 fours[4];
  for (size_t i = 0; i < 4; ++i) {
    __m512 four = _mm512_castps128_ps512(_mm_loadu_ps(row(i) + first));
    four = _mm512_mask_broadcast_f32x4(four, 0x00f0, _mm_loadu_ps(row(i + 4) + first));
    four = _mm512_mask_broadcast_f32x4(four, 0x0f00, _mm_loadu_ps(row(i + 8) + first));
    fours[i] = _mm512_mask_broadcast_f32x4(four, 0xf000, _mm_loadu_ps(row(i + 12) + first));
  }
  const __m512 low01 = _mm512_maskz_unpacklo_ps(0xffff, fours[0], fours[1]);
  const __m512 high01 = _mm512_maskz_unpackhi_ps(0xffff, fours[0], fours[1]);
  const __m512 low23 = _mm512_maskz_unpacklo_ps(0xffff, fours[2], fours[3]);
  const __m512 high23 = _mm512_maskz_unpackhi_ps(0xffff, fours[2], fours[3]);
  columns[0].v = _mm512_maskz_shuffle_ps(0xffff, low01, low23, 0x44);
  columns[1].v = _mm512_maskz_shuffle_ps(0xffff, low01, low23, 0xee);
  columns[2].v = _mm512_maskz_shuffle_ps(0xffff, high01, high23, 0x44);
  columns[3].v = _mm512_maskz_shuffle_ps(0xffff, high01, high23, 0xee);
}

/** Lane i becomes the sum of all lanes of rows[i]: the upper half added to the lower one until one is left. */
LAMINA_INLINE Vector sumLanes(const Vector (&rows)[lanes]) {
  __m512 pairs[2];
  for (size_t pair = 0; pair < 2; ++pair) {
    __m512 fours[2];
    for (size_t i = 0; i < 2; ++i) {
      // Halves of two rows, quarters of four.
      const size_t row = 2 * pair + i;
      __m512 halves[2];
      for (size_t j = 0; j < 2; ++j) {
        const __m512 a = rows[row + 8 * j].v;
        const __m512 b = rows[row + 8 * j + 4].v;
        halves[j] = _mm512_add_ps(_mm512_maskz_shuffle_f32x4(0xffff, a, b, 0x44),
                                  _mm512_maskz_shuffle_f32x4(0xffff, a, b, 0xee));
      }
      fours[i] = _mm512_add_ps(_mm512_maskz_shuffle_f32x4(0xffff, halves[0], halves[1], 0x88),
                               _mm512_maskz_shuffle_f32x4(0xffff, halves[0], halves[1], 0xdd));
    }
    pairs[pair] = _mm512_add_ps(_mm512_maskz_shuffle_ps(0xffff, fours[0], fours[1], 0x44),
                                _mm512_maskz_shuffle_ps(0xffff, fours[0], fours[1], 0xee));
  }
  return {_mm512_add_ps(_mm512_maskz_shuffle_ps(0xffff, pairs[0], pairs[1], 0x88),
                        _mm512_maskz_shuffle_ps(0xffff, pairs[0], pairs[1], 0xdd))};
}

}  // namespace
