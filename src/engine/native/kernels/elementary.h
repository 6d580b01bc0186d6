#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "compiler.h"

/**
 * Elementary functions of vectors, after a vector header. Range reductions and polynomials of eˣ and ln are those of
 * Cephes' single precision expf and logf (S. Moshier). Constants that are multiplied by a whole number have so few bits
 * that the product is exact, so a multiplyAdd that rounds twice is as good as a fused one.
 *
 * A NaN stays one. Units in the last place are those measured by test/engine/native/elementary.cpp.
 */
namespace {

/** ln 2 = `ln2High` + `ln2Low`; the first has 9 significant bits. */
constexpr float ln2High = 0.693359375F;
constexpr float ln2Low = -2.12194440e-4F;
constexpr float log2OfE = 1.44269504088896341F;
// Not HUGE_VALF and NAN, which Windows' library does not make constants in every version.
constexpr float positiveInfinity = std::numeric_limits<float>::infinity();
constexpr float quietNaN = std::numeric_limits<float>::quiet_NaN();

/** 1.5 · 2²³: numbers near it are whole, and the last bits of their representation count up with them. */
constexpr float wholeNumbers = 12582912.0F;
constexpr uint32_t wholeNumbersBits = 0x4b400000;
constexpr uint32_t oneBits = 0x3f800000;
constexpr uint32_t sqrtOneHalfBits = 0x3f3504f3;
constexpr uint32_t signBit = 0x80000000;

/** c₀ + c₁ x + c₂ x² …, by Horner's rule */
template <size_t size>
LAMINA_INLINE Vector polynomial(Vector x, const float (&c)[size]) {
  Vector result = broadcast(c[size - 1]);
  for (size_t k = size - 1; k-- > 0;) result = multiplyAdd(result, x, broadcast(c[k]));
  return result;
}

LAMINA_INLINE Vector absolute(Vector x) { return fromBits(bitsOf(x) & broadcastWords(~signBit)); }
LAMINA_INLINE Vector negative(Vector x) { return fromBits(bitsOf(x) ^ broadcastWords(signBit)); }
/** `magnitude`, which is not negative, with the sign of x */
LAMINA_INLINE Vector withSignOf(Vector magnitude, Vector x) {
  return fromBits(bitsOf(magnitude) | (bitsOf(x) & broadcastWords(signBit)));
}

/** A small whole number as a float. */
LAMINA_INLINE Vector toFloats(Words whole) {
  return fromBits(whole + broadcastWords(wholeNumbersBits)) - broadcast(wholeNumbers);
}
/** 2ⁿ, n from −126 to 127 */
LAMINA_INLINE Vector powerOfTwo(Words n) { return fromBits(shiftLeft<23>(n) + broadcastWords(oneBits)); }

/** x = n ln 2 + r with |r| ≤ ½ ln 2 */
struct Reduced {
  Words n;
  Vector r;
};
/** @param nearby decides about n: x, or x and what is added to r afterwards */
LAMINA_INLINE Reduced reduce(Vector x, Vector nearby) {
  const Vector shifted = multiplyAdd(nearby, broadcast(log2OfE), broadcast(wholeNumbers));
  const Vector n = shifted - broadcast(wholeNumbers);
  const Vector r = multiplyAdd(n, broadcast(-ln2Low), multiplyAdd(n, broadcast(-ln2High), x));
  return {bitsOf(shifted) - broadcastWords(wholeNumbersBits), r};
}

/** eʳ − 1 for |r| ≤ ½ ln 2 */
LAMINA_INLINE Vector exponentialMinusOneNearZero(Vector r) {
  constexpr float c[] = {5.0000001201e-1F, 1.6666665459e-1F, 4.1665795894e-2F,
                         8.3334519073e-3F, 1.3981999507e-3F, 1.9875691500e-4F};
  return multiplyAdd(r * r, polynomial(r, c), r);
}

/** 2ⁿ (1 + y), in two factors, because 2ⁿ itself may be too large or too small for a float where the result is not. */
LAMINA_INLINE Vector scaled(Words n, Vector y) {
  const Words half = shiftRightSigned<1>(n);
  return (y + broadcast(1)) * powerOfTwo(half) * powerOfTwo(n - half);
}

// Where eˣ is 0 and infinite, with room to spare.
constexpr float smallestExponent = -104.0F;
constexpr float largestExponent = 89.0F;

/** eˣ, within 1.1 ulp */
LAMINA_INLINE Vector exponential(Vector x) {
  const Vector bounded = atLeast(atMost(x, broadcast(largestExponent)), broadcast(smallestExponent));
  const Reduced reduced = reduce(bounded, bounded);
  return scaled(reduced.n, exponentialMinusOneNearZero(reduced.r));
}

/** e^(x + rest) for x + rest ≤ 0 where `rest` holds what x has no more digits for */
LAMINA_INLINE Vector exponential(Vector x, Vector rest) {
  const Vector bounded = atLeast(x, broadcast(smallestExponent));
  const Reduced reduced = reduce(bounded, bounded + rest);
  return scaled(reduced.n, exponentialMinusOneNearZero(reduced.r + rest));
}

/** eˣ − 1, within 2 ulp near zero too */
LAMINA_INLINE Vector exponentialMinusOne(Vector x) {
  // −1 from e⁻¹⁸ on. Half of the result is computed first: 2¹²⁸ is no float.
  const Vector bounded = atLeast(atMost(x, broadcast(largestExponent)), broadcast(-18.0F));
  const Reduced reduced = reduce(bounded, bounded);
  const Vector halfPower = powerOfTwo(reduced.n - broadcastWords(1));
  const Vector half =
      multiplyAdd(exponentialMinusOneNearZero(reduced.r), halfPower, halfPower - broadcast(0.5F));
  return half + half;
}

/** e · ln 2 + ln(1 + f), √½ ≤ 1 + f < √2 */
LAMINA_INLINE Vector logarithmOf(Words e, Vector f) {
  constexpr float c[] = {3.3333331174e-1F,  -2.4999993993e-1F, 2.0000714765e-1F,  -1.6668057665e-1F, 1.4249322787e-1F,
                         -1.2420140846e-1F, 1.1676998740e-1F, -1.1514610310e-1F, 7.0376836292e-2F};
  const Vector exponent = toFloats(e);
  const Vector square = f * f;
  Vector rest = multiplyAdd(exponent, broadcast(ln2Low), polynomial(f, c) * f * square);
  rest = multiplyAdd(square, broadcast(-0.5F), rest);
  return multiplyAdd(exponent, broadcast(ln2High), f + rest);
}

/** The e for which 2⁻ᵉ x is from √½ to √2, of a normal x > 0. */
LAMINA_INLINE Words binaryExponent(Vector x) {
  return shiftRightSigned<23>(bitsOf(x) - broadcastWords(sqrtOneHalfBits));
}

/** ln x, within 1 ulp; −∞ at 0, ∞ at ∞, NaN below 0 */
LAMINA_INLINE Vector logarithm(Vector x) {
  // Below the normal numbers by way of 2²³ x.
  const Mask tiny = x < broadcast(1.17549435e-38F);
  const Vector normal = select(tiny, x * broadcast(8388608.0F), x);
  const Words e = binaryExponent(normal);
  const Vector f = fromBits(bitsOf(normal) - shiftLeft<23>(e)) - broadcast(1);
  const Vector result = logarithmOf(select(tiny, e - broadcastWords(23), e), f);
  const Vector infinity = broadcast(positiveInfinity);
  const Vector notPositive = select(x == zero(), negative(infinity), broadcast(quietNaN));
  return select(zero() < x, select(x < infinity, result, x), notPositive);
}

/** ln(1 + x) for −1 < x < 2¹²⁶, within 2 ulp near zero too; NaN at ∞ */
LAMINA_INLINE Vector logarithmOfOnePlus(Vector x) {
  const Words e = binaryExponent(x + broadcast(1));
  // f = 2⁻ᵉ (1 + x) − 1 is rounded once, so 1 + x need not be exact.
  const Vector factor = powerOfTwo(broadcastWords(0) - e);
  return logarithmOf(e, multiplyAdd(x, factor, factor - broadcast(1)));
}

/** 1 / (1 + e⁻ˣ), within 3 ulp; overflow of e⁻ˣ makes the right 0 */
LAMINA_INLINE Vector logistic(Vector x) {
  return broadcast(1) / (broadcast(1) + exponential(negative(x)));
}

/** tanh |x| = y / (y + 2), y = e^(2|x|) − 1; within 3 ulp */
LAMINA_INLINE Vector hyperbolicTangent(Vector x) {
  // 1 in float32 from 9.02 on
  const Vector magnitude = atMost(absolute(x), broadcast(10));
  const Vector y = exponentialMinusOne(magnitude + magnitude);
  return withSignOf(y / (y + broadcast(2)), x);
}

/** The standard normal distribution: Φ(x) and φ(x). */
struct Normal {
  Vector probability;
  Vector density;
};

/**
 * Φ(−a) for a > 1 is e^(−a²/2) h(a), which keeps its digits however small it is, where 1 + erf would cancel. h(a) = ½
 * erfc(a/√2) e^(a²/2) goes slowly from ½ to 0.4/a: it is t P(t) with t = 1/(1 + a/2), in the manner of Shepherd and
 * Laframboise ("Chebyshev approximation of (1 + 2x)exp(x²)erfc x in 0 ≤ x < ∞", 1981). For a ≤ 1, Φ(x) = ½ + x R(x²). P
 * and R are minimax polynomials of the relative error (1.8e-8 for a to 16, and 8e-10), found by Remez' exchange. Φ is
 * within 5 ulp while it is a normal number.
 */
LAMINA_INLINE Normal normalDistribution(Vector x) {
  constexpr float tail[] = {0.1994781F,   0.19923367F, 0.15300035F,  0.02319075F, 0.06332533F,
                            -0.47227576F, 0.5531346F,  -0.26222348F, 0.04270231F};
  constexpr float middle[] = {0.3989423F, -0.06649036F, 0.009973315F, -0.0011863013F, 0.00011345004F, -7.638251e-6F};
  constexpr float inverseSqrt2Pi = 0.39894228040143268F;
  const Vector one = broadcast(1);
  const Vector half = broadcast(0.5F);
  const Vector a = atMost(absolute(x), broadcast(20));
  // −a²/2 to twice the digits: the square of the first 12 bits is exact.
  const Vector first = fromBits(bitsOf(a) & broadcastWords(0xfffff000));
  const Vector power = exponential(negative(half * first * first), negative(half * (a - first) * (a + first)));
  const Vector t = one / multiplyAdd(a, half, one);
  const Vector beyond = power * (t * polynomial(t, tail));
  const Vector outside = select(zero() < x, one - beyond, beyond);
  const Vector inside = multiplyAdd(x, polynomial(x * x, middle), half);
  return {select(one < a, outside, inside), power * broadcast(inverseSqrt2Pi)};
}

}  // namespace
