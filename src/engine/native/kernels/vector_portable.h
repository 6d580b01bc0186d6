#pragma once

#include <math.h>
#include <string.h>

#include <cstddef>
#include <cstdint>

#include "compiler.h"

/** Vectors of 4 floats for every processor. What each operation does: vector_avx512.h. */
namespace {

constexpr size_t lanes = 4;
/** Rows of a product's tile: with two vectors each, their sums fill the sixteen registers of SSE. */
constexpr size_t tileRows = 6;
constexpr size_t tallTileRows = 8;

#if defined(__GNUC__)
// The vector extension of GCC and Clang, which makes SSE2 or the like of it: their loop vectorisers keep arrays of sums
// in memory.
typedef float FloatLanes __attribute__((vector_size(16)));
typedef uint32_t WordLanes __attribute__((vector_size(16)));
typedef int32_t SignedLanes __attribute__((vector_size(16)));
typedef double DoublePair __attribute__((vector_size(16)));
#else
template <class Number, size_t size>
struct Array {
  Number v[size];
  Number& operator[](size_t i) { return v[i]; }
  const Number& operator[](size_t i) const { return v[i]; }
};
#define LAMINA_ELEMENTWISE(op)                                                                                   \
  template <class Number, size_t size>                                                                           \
  LAMINA_INLINE Array<Number, size> operator op(const Array<Number, size>& a, const Array<Number, size>& b) {    \
    Array<Number, size> result;                                                                                  \
    for (size_t i = 0; i < size; ++i) result[i] = a[i] op b[i];                                                  \
    return result;                                                                                               \
  }
LAMINA_ELEMENTWISE(+)
LAMINA_ELEMENTWISE(-)
LAMINA_ELEMENTWISE(*)
LAMINA_ELEMENTWISE(/)
LAMINA_ELEMENTWISE(&)
LAMINA_ELEMENTWISE(|)
LAMINA_ELEMENTWISE(^)
#undef LAMINA_ELEMENTWISE
using FloatLanes = Array<float, lanes>;
using WordLanes = Array<uint32_t, lanes>;
using DoublePair = Array<double, 2>;
#endif

struct Vector {
  FloatLanes v;
};
struct Words {
  WordLanes v;
};
struct Doubles {
  DoublePair low;
  DoublePair high;
};
/** All bits of a lane, or none. */
struct Mask {
  WordLanes v;
};

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

LAMINA_INLINE Vector operator+(Vector a, Vector b) { return {a.v + b.v}; }
LAMINA_INLINE Vector operator-(Vector a, Vector b) { return {a.v - b.v}; }
LAMINA_INLINE Vector operator*(Vector a, Vector b) { return {a.v * b.v}; }
LAMINA_INLINE Vector operator/(Vector a, Vector b) { return {a.v / b.v}; }
/** Rounded twice: not every processor has a fused instruction. */
LAMINA_INLINE Vector multiplyAdd(Vector a, Vector b, Vector c) { return {a.v * b.v + c.v}; }
LAMINA_INLINE Vector squareRoot(Vector x) {
  Vector result;
  for (size_t i = 0; i < lanes; ++i) result.v[i] = sqrtf(x.v[i]);
  return result;
}

LAMINA_INLINE Words broadcastWords(uint32_t x) {
  Words result;
  for (size_t i = 0; i < lanes; ++i) result.v[i] = x;
  return result;
}
LAMINA_INLINE Words loadWords(const uint32_t* p) {
  Words result;
  for (size_t i = 0; i < lanes; ++i) result.v[i] = p[i];
  return result;
}
LAMINA_INLINE Words operator+(Words a, Words b) { return {a.v + b.v}; }
LAMINA_INLINE Words operator-(Words a, Words b) { return {a.v - b.v}; }
LAMINA_INLINE Words operator&(Words a, Words b) { return {a.v & b.v}; }
LAMINA_INLINE Words operator|(Words a, Words b) { return {a.v | b.v}; }
LAMINA_INLINE Words operator^(Words a, Words b) { return {a.v ^ b.v}; }

#if defined(__GNUC__)
LAMINA_INLINE Words bitsOf(Vector x) { return {reinterpret_cast<WordLanes>(x.v)}; }
LAMINA_INLINE Vector fromBits(Words x) { return {reinterpret_cast<FloatLanes>(x.v)}; }
LAMINA_INLINE Mask operator<(Vector a, Vector b) { return {reinterpret_cast<WordLanes>(a.v < b.v)}; }
LAMINA_INLINE Mask operator<=(Vector a, Vector b) { return {reinterpret_cast<WordLanes>(a.v <= b.v)}; }
LAMINA_INLINE Mask operator==(Vector a, Vector b) { return {reinterpret_cast<WordLanes>(a.v == b.v)}; }
LAMINA_INLINE Mask operator<(Words a, Words b) { return {reinterpret_cast<WordLanes>(a.v < b.v)}; }
LAMINA_INLINE Mask operator==(Words a, Words b) { return {reinterpret_cast<WordLanes>(a.v == b.v)}; }
template <int bits>
LAMINA_INLINE Words shiftLeft(Words x) {
  return {x.v << bits};
}
template <int bits>
LAMINA_INLINE Words shiftRightSigned(Words x) {
  return {reinterpret_cast<WordLanes>(reinterpret_cast<SignedLanes>(x.v) >> bits)};
}
#else
LAMINA_INLINE Words bitsOf(Vector x) {
  Words result;
  memcpy(&result, &x, sizeof result);
  return result;
}
LAMINA_INLINE Vector fromBits(Words x) {
  Vector result;
  memcpy(&result, &x, sizeof result);
  return result;
}
#define LAMINA_COMPARISON(Operand, op)                                                                           \
  LAMINA_INLINE Mask operator op(Operand a, Operand b) {                                                         \
    Mask result;                                                                                                 \
    for (size_t i = 0; i < lanes; ++i) result.v[i] = a.v[i] op b.v[i] ? UINT32_MAX : 0;                          \
    return result;                                                                                               \
  }
LAMINA_COMPARISON(Vector, <)
LAMINA_COMPARISON(Vector, <=)
LAMINA_COMPARISON(Vector, ==)
LAMINA_COMPARISON(Words, <)
LAMINA_COMPARISON(Words, ==)
#undef LAMINA_COMPARISON
template <int bits>
LAMINA_INLINE Words shiftLeft(Words x) {
  for (size_t i = 0; i < lanes; ++i) x.v[i] <<= bits;
  return x;
}
template <int bits>
LAMINA_INLINE Words shiftRightSigned(Words x) {
  for (size_t i = 0; i < lanes; ++i) x.v[i] = static_cast<uint32_t>(static_cast<int32_t>(x.v[i]) >> bits);
  return x;
}
#endif

LAMINA_INLINE Words select(Mask mask, Words yes, Words no) { return no ^ ((yes ^ no) & Words{mask.v}); }
LAMINA_INLINE Vector select(Mask mask, Vector yes, Vector no) {
  return fromBits(select(mask, bitsOf(yes), bitsOf(no)));
}
LAMINA_INLINE Vector atMost(Vector x, Vector bound) { return select(bound < x, bound, x); }
LAMINA_INLINE Vector atLeast(Vector x, Vector bound) { return select(x < bound, bound, x); }
LAMINA_INLINE Words minimum(Words a, Words b) { return select(a < b, a, b); }
LAMINA_INLINE Words multiplyEven(Words a, Words b) {
  Words result;
  for (size_t i = 0; i < lanes; i += 2) {
    const uint64_t product = uint64_t{a.v[i]} * b.v[i];
    result.v[i] = static_cast<uint32_t>(product);
    result.v[i + 1] = static_cast<uint32_t>(product >> 32);
  }
  return result;
}
LAMINA_INLINE Words reverseFours(Words x) {
  Words result;
  for (size_t i = 0; i < lanes; ++i) result.v[i] = x.v[3 - i];
  return result;
}
LAMINA_INLINE Words oddToEven(Words x) {
  Words result = broadcastWords(0);
  for (size_t i = 0; i < lanes; i += 2) result.v[i] = x.v[i + 1];
  return result;
}

LAMINA_INLINE Doubles loadDoubles(const double* p) {
  const DoublePair low = {p[0], p[1]};
  const DoublePair high = {p[2], p[3]};
  return {low, high};
}
LAMINA_INLINE void storeDoubles(double* p, Doubles x) {
  for (size_t i = 0; i < 2; ++i) {
    p[i] = x.low[i];
    p[2 + i] = x.high[i];
  }
}
LAMINA_INLINE Doubles widen(Vector x) {
  const DoublePair low = {static_cast<double>(x.v[0]), static_cast<double>(x.v[1])};
  const DoublePair high = {static_cast<double>(x.v[2]), static_cast<double>(x.v[3])};
  return {low, high};
}
LAMINA_INLINE Doubles zeroDoubles() { return widen(zero()); }
LAMINA_INLINE Doubles operator+(Doubles a, Doubles b) { return {a.low + b.low, a.high + b.high}; }
LAMINA_INLINE Doubles multiplyAdd(Doubles a, Doubles b, Doubles c) {
  return {a.low * b.low + c.low, a.high * b.high + c.high};
}
/** The upper half added to the lower one until one is left. */
LAMINA_INLINE double addHalves(Doubles x) { return (x.low[0] + x.high[0]) + (x.low[1] + x.high[1]); }

LAMINA_INLINE bool anyLane(Mask mask) {
  uint32_t all = 0;
  for (size_t i = 0; i < lanes; ++i) all |= mask.v[i];
  return all != 0;
}

/** rows[i] of lane j becomes rows[j] of lane i. */
LAMINA_INLINE void transpose(Vector (&rows)[lanes]) {
  const Vector before[lanes] = {rows[0], rows[1], rows[2], rows[3]};
  for (size_t i = 0; i < lanes; ++i) {
    for (size_t j = 0; j < lanes; ++j) rows[j].v[i] = before[i].v[j];
  }
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
