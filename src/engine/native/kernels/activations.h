#pragma once

#include <cstddef>

#include "compiler.h"
#include "elementary.h"
#include "panels.h"

/** Activation functions and their derivatives, after a vector header; formulas are PyTorch's. */
namespace {

constexpr float leakySlope = 0.01F;
/** Klambauer et al. 2017, as PyTorch has them. */
constexpr float seluAlpha = 1.6732632423543772F;
constexpr float seluScale = 1.0507009873554805F;

// Each has a = g(z) and g′ as a function of the score z and of what became of it, a.

struct Identity {
  LAMINA_INLINE Vector value(Vector z) { return z; }
  LAMINA_INLINE Vector derivative(Vector, Vector) { return broadcast(1); }
};
struct Relu {
  // Not max(0, z): a NaN must stay one, and −0 must not appear.
  LAMINA_INLINE Vector value(Vector z) { return select(z <= zero(), zero(), z); }
  LAMINA_INLINE Vector derivative(Vector z, Vector) { return select(zero() < z, broadcast(1), zero()); }
};
struct LeakyRelu {
  LAMINA_INLINE Vector value(Vector z) { return select(zero() < z, z, broadcast(leakySlope) * z); }
  LAMINA_INLINE Vector derivative(Vector z, Vector) {
    return select(zero() < z, broadcast(1), broadcast(leakySlope));
  }
};
struct Elu {
  LAMINA_INLINE Vector value(Vector z) { return select(zero() < z, z, exponentialMinusOne(z)); }
  // eᶻ itself, although a + 1 would be cheaper: far below zero that keeps no digits.
  LAMINA_INLINE Vector derivative(Vector z, Vector) { return select(zero() < z, broadcast(1), exponential(z)); }
};
struct Selu {
  LAMINA_INLINE Vector value(Vector z) {
    return select(zero() < z, broadcast(seluScale) * z, broadcast(seluScale * seluAlpha) * exponentialMinusOne(z));
  }
  LAMINA_INLINE Vector derivative(Vector z, Vector) {
    return select(zero() < z, broadcast(seluScale), broadcast(seluScale * seluAlpha) * exponential(z));
  }
};
struct Gelu {
  LAMINA_INLINE Vector value(Vector z) { return z * normalDistribution(z).probability; }
  LAMINA_INLINE Vector derivative(Vector z, Vector) {
    const Normal normal = normalDistribution(z);
    return multiplyAdd(z, normal.density, normal.probability);
  }
};
struct Silu {
  LAMINA_INLINE Vector value(Vector z) { return z * logistic(z); }
  LAMINA_INLINE Vector derivative(Vector z, Vector) {
    const Vector s = logistic(z);
    return s * multiplyAdd(z, broadcast(1) - s, broadcast(1));
  }
};
struct Sigmoid {
  LAMINA_INLINE Vector value(Vector z) { return logistic(z); }
  LAMINA_INLINE Vector derivative(Vector, Vector a) { return a * (broadcast(1) - a); }
};
struct Tanh {
  LAMINA_INLINE Vector value(Vector z) { return hyperbolicTangent(z); }
  LAMINA_INLINE Vector derivative(Vector, Vector a) { return multiplyAdd(negative(a), a, broadcast(1)); }
};
struct Softplus {
  /** ln(1 + eᶻ), without overflow. */
  LAMINA_INLINE Vector value(Vector z) {
    return atLeast(z, zero()) + logarithmOfOnePlus(exponential(negative(absolute(z))));
  }
  LAMINA_INLINE Vector derivative(Vector z, Vector) { return logistic(z); }
};

template <class Function>
void activateElements(size_t count, const float* z, float* a) {
  for (size_t i = 0; i < count; i += lanes) store(a + i, Function::value(load(z + i)));
}

template <class Function>
void elementsBackward(size_t count, const float* z, const float* a, const float* g, float* e, bool accumulate) {
  if (accumulate) {
    for (size_t i = 0; i < count; i += lanes) {
      store(e + i, multiplyAdd(load(g + i), Function::derivative(load(z + i), load(a + i)), load(e + i)));
    }
  } else {
    for (size_t i = 0; i < count; i += lanes) {
      store(e + i, load(g + i) * Function::derivative(load(z + i), load(a + i)));
    }
  }
}

/** a_k = e^(z_k − m) / Σ_j e^(z_j − m), m the largest score of the sample. */
void softmax(Panels panels, size_t units, const float* z, float* a) {
  const size_t width = panels.width;
  for (SampleVector at(panels, units); at.first() < paddedSamples(panels); at.next()) {
    const float* const scores = z + at.offset();
    float* const results = a + at.offset();
    Vector largest = load(scores);
    for (size_t k = 1; k < units; ++k) {
      const Vector score = load(scores + k * width);
      largest = select(largest < score, score, largest);
    }
    Vector sum = zero();
    for (size_t k = 0; k < units; ++k) {
      const Vector power = exponential(load(scores + k * width) - largest);
      store(results + k * width, power);
      sum = sum + power;
    }
    for (size_t k = 0; k < units; ++k) store(results + k * width, load(results + k * width) / sum);
  }
}

/** E = A ⊙ (G − 1·(Σ_k G ⊙ A)), the Jacobian's product sample by sample. */
void softmaxBackward(Panels panels, size_t units, const float* a, const float* g, float* e, bool accumulate) {
  const size_t width = panels.width;
  for (SampleVector at(panels, units); at.first() < paddedSamples(panels); at.next()) {
    Vector sum = zero();
    for (size_t i = at.offset(), k = 0; k < units; ++k, i += width) sum = multiplyAdd(load(g + i), load(a + i), sum);
    for (size_t i = at.offset(), k = 0; k < units; ++k, i += width) {
      const Vector change = load(a + i) * (load(g + i) - sum);
      store(e + i, accumulate ? load(e + i) + change : change);
    }
  }
}

}  // namespace
