#pragma once

#include <cstddef>

#include "compiler.h"

/** Vectors of 4 floats as plain loops, which compilers turn into SSE2 or NEON: for every processor. */
namespace {

constexpr size_t lanes = 4;
/** A product's tile: rows × vectors of sums kept in registers. */
constexpr size_t tileRows = 4;

#if defined(__GNUC__)
/** The vector extension of GCC and Clang: their loop vectorisers keep arrays of sums in memory. */
struct Vector {
  typedef float Lanes __attribute__((vector_size(16)));
  Lanes v;
};
#else
struct Vector {
  float v[lanes];
};
#endif

LAMINA_INLINE Vector broadcast(float x) {
  Vector result;
  for (size_t i = 0; i < lanes; ++i) result.v[i] = x;
  return result;
}
LAMINA_INLINE Vector zero() { return broadcast(0); }
LAMINA_INLINE Vector load(const float* p) {
  Vector result;
  for (size_t i = 0; i < lanes; ++i) result.v[i] = p[i];
  return result;
}
LAMINA_INLINE void store(float* p, Vector x) {
  for (size_t i = 0; i < lanes; ++i) p[i] = x.v[i];
}
/** The first `count` < lanes numbers; the other lanes are zero. */
LAMINA_INLINE Vector loadPart(const float* p, size_t count) {
  Vector result = zero();
  for (size_t i = 0; i < lanes; ++i) {
    if (i < count) result.v[i] = p[i];
  }
  return result;
}
LAMINA_INLINE void storePart(float* p, Vector x, size_t count) {
  for (size_t i = 0; i < lanes; ++i) {
    if (i < count) p[i] = x.v[i];
  }
}
/** a · b + c, rounded twice: not every processor has a fused instruction. */
LAMINA_INLINE Vector multiplyAdd(Vector a, Vector b, Vector c) {
#if defined(__GNUC__)
  return {a.v * b.v + c.v};
#else
  Vector result;
  for (size_t i = 0; i < lanes; ++i) result.v[i] = a.v[i] * b.v[i] + c.v[i];
  return result;
#endif
}

/** Σ x² in 16 float64 sums, which are added up in one order on every instruction set. */
struct SquareSums {
  double part[16] = {};
};
/** @param x 16 numbers */
LAMINA_INLINE void addSquares(SquareSums& sums, const float* x) {
  for (size_t i = 0; i < 16; ++i) sums.part[i] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
}
LAMINA_INLINE void storeSums(const SquareSums& sums, double* out) {
  for (size_t i = 0; i < 16; ++i) out[i] = sums.part[i];
}

}  // namespace
