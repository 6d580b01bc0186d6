#pragma once

#include <math.h>

#include <cstddef>

#include "compiler.h"

/** Activation functions and their derivatives; formulas are PyTorch's. Why not <cmath>: see implementation.h. */
namespace {

/** σ(z); overflow of e^−z makes the right 0. */
LAMINA_INLINE float sigmoid(float z) { return 1.0F / (1.0F + expf(-z)); }

constexpr float leakySlope = 0.01F;
/** Klambauer et al. 2017, as PyTorch has them. */
constexpr float seluAlpha = 1.6732632423543772F;
constexpr float seluScale = 1.0507009873554805F;
constexpr float sqrtOneHalf = 0.70710678118654752F;
constexpr float inverseSqrt2Pi = 0.39894228040143268F;

// Each has a = g(z) and g′ as a function of the score z and of what became of it, a.

struct Identity {
  LAMINA_INLINE float value(float z) { return z; }
  LAMINA_INLINE float derivative(float, float) { return 1.0F; }
};
struct Relu {
  // Not max(0, z): a NaN must stay one, and −0 must not appear.
  LAMINA_INLINE float value(float z) { return z <= 0.0F ? 0.0F : z; }
  LAMINA_INLINE float derivative(float z, float) { return z > 0.0F ? 1.0F : 0.0F; }
};
struct LeakyRelu {
  LAMINA_INLINE float value(float z) { return z > 0.0F ? z : leakySlope * z; }
  LAMINA_INLINE float derivative(float z, float) { return z > 0.0F ? 1.0F : leakySlope; }
};
struct Elu {
  LAMINA_INLINE float value(float z) { return z > 0.0F ? z : expm1f(z); }
  // eᶻ itself, although a + 1 would be cheaper: far below zero that keeps no digits.
  LAMINA_INLINE float derivative(float z, float) { return z > 0.0F ? 1.0F : expf(z); }
};
struct Selu {
  LAMINA_INLINE float value(float z) { return z > 0.0F ? seluScale * z : seluScale * seluAlpha * expm1f(z); }
  LAMINA_INLINE float derivative(float z, float) { return z > 0.0F ? seluScale : seluScale * seluAlpha * expf(z); }
};
struct Gelu {
  /** Φ(z), by erfc because 1 + erf would cancel for negative scores. */
  LAMINA_INLINE float probability(float z) { return 0.5F * erfcf(-z * sqrtOneHalf); }
  LAMINA_INLINE float value(float z) { return z * probability(z); }
  LAMINA_INLINE float derivative(float z, float) {
    return probability(z) + z * inverseSqrt2Pi * expf(-0.5F * z * z);
  }
};
struct Silu {
  LAMINA_INLINE float value(float z) { return z * sigmoid(z); }
  LAMINA_INLINE float derivative(float z, float) {
    const float s = sigmoid(z);
    return s * (1.0F + z * (1.0F - s));
  }
};
struct Sigmoid {
  LAMINA_INLINE float value(float z) { return sigmoid(z); }
  LAMINA_INLINE float derivative(float, float a) { return a * (1.0F - a); }
};
struct Tanh {
  LAMINA_INLINE float value(float z) { return tanhf(z); }
  LAMINA_INLINE float derivative(float, float a) { return 1.0F - a * a; }
};
struct Softplus {
  /** ln(1 + eᶻ), without overflow. */
  LAMINA_INLINE float value(float z) { return (z > 0.0F ? z : 0.0F) + log1pf(expf(-fabsf(z))); }
  LAMINA_INLINE float derivative(float z, float) { return sigmoid(z); }
};

template <class Function>
void activateElements(size_t rows, size_t units, const float* LAMINA_RESTRICT z, float* LAMINA_RESTRICT a) {
  const size_t count = rows * units;
  for (size_t i = 0; i < count; ++i) a[i] = Function::value(z[i]);
}

template <class Function>
void elementsBackward(size_t rows, size_t units, const float* LAMINA_RESTRICT z, const float* LAMINA_RESTRICT a,
                      const float* LAMINA_RESTRICT g, float* LAMINA_RESTRICT e, bool accumulate) {
  const size_t count = rows * units;
  if (accumulate) {
    for (size_t i = 0; i < count; ++i) e[i] += g[i] * Function::derivative(z[i], a[i]);
  } else {
    for (size_t i = 0; i < count; ++i) e[i] = g[i] * Function::derivative(z[i], a[i]);
  }
}

/** a_k = e^(z_k − m) / Σ_j e^(z_j − m), m the largest score of the sample. */
void softmax(size_t rows, size_t units, const float* LAMINA_RESTRICT z, float* LAMINA_RESTRICT a) {
  for (size_t row = 0; row < rows; ++row, z += units, a += units) {
    float largest = z[0];
    for (size_t k = 1; k < units; ++k) largest = z[k] > largest ? z[k] : largest;
    float sum = 0;
    for (size_t k = 0; k < units; ++k) {
      a[k] = expf(z[k] - largest);
      sum += a[k];
    }
    for (size_t k = 0; k < units; ++k) a[k] /= sum;
  }
}

/** E = A ⊙ (G − 1·(Σ_k G ⊙ A)), the Jacobian's product sample by sample. */
void softmaxBackward(size_t rows, size_t units, const float* LAMINA_RESTRICT, const float* LAMINA_RESTRICT a,
                     const float* LAMINA_RESTRICT g, float* LAMINA_RESTRICT e, bool accumulate) {
  for (size_t row = 0; row < rows; ++row, a += units, g += units, e += units) {
    float sum = 0;
    for (size_t k = 0; k < units; ++k) sum += g[k] * a[k];
    for (size_t k = 0; k < units; ++k) {
      const float change = a[k] * (g[k] - sum);
      e[k] = accumulate ? e[k] + change : change;
    }
  }
}

}  // namespace
