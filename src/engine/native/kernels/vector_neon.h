#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "compiler.h"

/** Vectors of 4 floats for 64-bit ARM, which always has NEON. What each operation does: vector_avx512.h. */
namespace {

constexpr size_t lanes = 4;
/** Rows of a product's tile: with two vectors each, their sums fill the registers. */
constexpr size_t tileRows = 12;
constexpr size_t tallTileRows = 12;

struct Vector {
  float32x4_t v;
};
struct Words {
  uint32x4_t v;
};
struct Doubles {
  float64x2_t low;
  float64x2_t high;
};
/** All bits of a lane, or none. */
struct Mask {
  uint32x4_t v;
};

LAMINA_INLINE Vector zero() { return {vdupq_n_f32(0)}; }
LAMINA_INLINE Vector broadcast(float x) { return {vdupq_n_f32(x)}; }
LAMINA_INLINE Vector load(const float* p) { return {vld1q_f32(p)}; }
LAMINA_INLINE void store(float* p, Vector x) { vst1q_f32(p, x.v); }
// There are no masked accesses: what must not be touched goes through a copy.
LAMINA_INLINE Vector loadPart(const float* p, size_t count) {
  float copy[lanes] = {};
  for (size_t i = 0; i < lanes; ++i) {
    if (i < count) copy[i] = p[i];
  }
  return load(copy);
}
LAMINA_INLINE void storePart(float* p, Vector x, size_t count) {
  float copy[lanes];
  store(copy, x);
  for (size_t i = 0; i < lanes; ++i) {
    if (i < count) p[i] = copy[i];
  }
}

LAMINA_INLINE Vector multiplyAdd(Vector a, Vector b, Vector c) { return {vfmaq_f32(c.v, a.v, b.v)}; }
LAMINA_INLINE Vector operator+(Vector a, Vector b) { return {vaddq_f32(a.v, b.v)}; }
LAMINA_INLINE Vector operator-(Vector a, Vector b) { return {vsubq_f32(a.v, b.v)}; }
LAMINA_INLINE Vector operator*(Vector a, Vector b) { return {vmulq_f32(a.v, b.v)}; }
LAMINA_INLINE Vector operator/(Vector a, Vector b) { return {vdivq_f32(a.v, b.v)}; }
LAMINA_INLINE Vector squareRoot(Vector x) { return {vsqrtq_f32(x.v)}; }
LAMINA_INLINE Vector atMost(Vector x, Vector bound) { return {vminq_f32(x.v, bound.v)}; }
LAMINA_INLINE Vector atLeast(Vector x, Vector bound) { return {vmaxq_f32(x.v, bound.v)}; }

LAMINA_INLINE Mask operator<(Vector a, Vector b) { return {vcltq_f32(a.v, b.v)}; }
LAMINA_INLINE Mask operator<=(Vector a, Vector b) { return {vcleq_f32(a.v, b.v)}; }
LAMINA_INLINE Mask operator==(Vector a, Vector b) { return {vceqq_f32(a.v, b.v)}; }
LAMINA_INLINE Vector select(Mask mask, Vector yes, Vector no) { return {vbslq_f32(mask.v, yes.v, no.v)}; }

LAMINA_INLINE Words bitsOf(Vector x) { return {vreinterpretq_u32_f32(x.v)}; }
LAMINA_INLINE Vector fromBits(Words x) { return {vreinterpretq_f32_u32(x.v)}; }
LAMINA_INLINE Words broadcastWords(uint32_t x) { return {vdupq_n_u32(x)}; }
LAMINA_INLINE Words loadWords(const uint32_t* p) { return {vld1q_u32(p)}; }
LAMINA_INLINE Words operator+(Words a, Words b) { return {vaddq_u32(a.v, b.v)}; }
LAMINA_INLINE Words operator-(Words a, Words b) { return {vsubq_u32(a.v, b.v)}; }
LAMINA_INLINE Words operator&(Words a, Words b) { return {vandq_u32(a.v, b.v)}; }
LAMINA_INLINE Words operator|(Words a, Words b) { return {vorrq_u32(a.v, b.v)}; }
LAMINA_INLINE Words operator^(Words a, Words b) { return {veorq_u32(a.v, b.v)}; }
template <int bits>
LAMINA_INLINE Words shiftLeft(Words x) {
  return {vshlq_n_u32(x.v, bits)};
}
template <int bits>
LAMINA_INLINE Words shiftRightSigned(Words x) {
  return {vreinterpretq_u32_s32(vshrq_n_s32(vreinterpretq_s32_u32(x.v), bits))};
}
LAMINA_INLINE Words minimum(Words a, Words b) { return {vminq_u32(a.v, b.v)}; }
LAMINA_INLINE Mask operator<(Words a, Words b) { return {vcltq_u32(a.v, b.v)}; }
LAMINA_INLINE Mask operator==(Words a, Words b) { return {vceqq_u32(a.v, b.v)}; }
LAMINA_INLINE Words select(Mask mask, Words yes, Words no) { return {vbslq_u32(mask.v, yes.v, no.v)}; }
LAMINA_INLINE Words multiplyEven(Words a, Words b) {
  const uint32x2_t evenA = vmovn_u64(vreinterpretq_u64_u32(a.v));
  const uint32x2_t evenB = vmovn_u64(vreinterpretq_u64_u32(b.v));
  return {vreinterpretq_u32_u64(vmull_u32(evenA, evenB))};
}
LAMINA_INLINE Words reverseFours(Words x) {
  const uint32x4_t pairs = vrev64q_u32(x.v);
  return {vextq_u32(pairs, pairs, 2)};
}
LAMINA_INLINE Words oddToEven(Words x) {
  return {vreinterpretq_u32_u64(vshrq_n_u64(vreinterpretq_u64_u32(x.v), 32))};
}

LAMINA_INLINE Doubles zeroDoubles() { return {vdupq_n_f64(0), vdupq_n_f64(0)}; }
LAMINA_INLINE Doubles loadDoubles(const double* p) { return {vld1q_f64(p), vld1q_f64(p + 2)}; }
LAMINA_INLINE void storeDoubles(double* p, Doubles x) {
  vst1q_f64(p, x.low);
  vst1q_f64(p + 2, x.high);
}
LAMINA_INLINE Doubles widen(Vector x) { return {vcvt_f64_f32(vget_low_f32(x.v)), vcvt_high_f64_f32(x.v)}; }
LAMINA_INLINE Doubles operator+(Doubles a, Doubles b) { return {vaddq_f64(a.low, b.low), vaddq_f64(a.high, b.high)}; }
LAMINA_INLINE Doubles multiplyAdd(Doubles a, Doubles b, Doubles c) {
  return {vfmaq_f64(c.low, a.low, b.low), vfmaq_f64(c.high, a.high, b.high)};
}
/** The upper half added to the lower one until one is left. */
LAMINA_INLINE double addHalves(Doubles x) { return vpaddd_f64(vaddq_f64(x.low, x.high)); }

LAMINA_INLINE bool anyLane(Mask mask) { return vmaxvq_u32(mask.v) != 0; }

/** rows[i] of lane j becomes rows[j] of lane i. */
LAMINA_INLINE void transpose(Vector (&rows)[lanes]) {
  const float32x4x2_t even = vtrnq_f32(rows[0].v, rows[1].v);
  const float32x4x2_t odd = vtrnq_f32(rows[2].v, rows[3].v);
  rows[0].v = vcombine_f32(vget_low_f32(even.val[0]), vget_low_f32(odd.val[0]));
  rows[1].v = vcombine_f32(vget_low_f32(even.val[1]), vget_low_f32(odd.val[1]));
  rows[2].v = vcombine_f32(vget_high_f32(even.val[0]), vget_high_f32(odd.val[0]));
  rows[3].v = vcombine_f32(vget_high_f32(even.val[1]), vget_high_f32(odd.val[1]));
}

/** Columns `first` to `first` + 3 of `lanes` rows, of which `row(i)` is the start: each becomes a vector. */
template <class Row>
LAMINA_INLINE void loadColumns(const Row& row, size_t first, Vector (&columns)[4]) {
  for (size_t i = 0; i < lanes; ++i) columns[i] = load(row(i) + first);
  transpose(columns);
}

/** Lane i becomes the sum of all lanes of rows[i]: the upper half added to the lower one until one is left. */
LAMINA_INLINE Vector sumLanes(const Vector (&rows)[lanes]) {
  Vector columns[lanes] = {rows[0], rows[1], rows[2], rows[3]};
  transpose(columns);
  return (columns[0] + columns[2]) + (columns[1] + columns[3]);
}

}  // namespace
