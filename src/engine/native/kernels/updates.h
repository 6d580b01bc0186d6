#pragma once

#include <math.h>

#include <cstddef>

#include "compiler.h"
#include "kernels.h"

/** Norms and optimizer steps, after a vector header. Formulas, defaults and epsilons are those of torch.optim. */
namespace {

using lamina::UpdateStep;
using lamina::UpdateSums;

constexpr float epsilon = 1e-8F;
constexpr float adagradEpsilon = 1e-10F;
/** Adam's decay rates of the running means of g and g². */
constexpr float beta1 = 0.9F;
constexpr float beta2 = 0.999F;

LAMINA_INLINE void addAllSquares(SquareSums& sums, size_t count, const float* x) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) addSquares(sums, x + i);
  if (i == count) return;
  float rest[16] = {};
  for (size_t k = 0; i + k < count; ++k) rest[k] = x[i + k];
  addSquares(sums, rest);
}

LAMINA_INLINE double total(const SquareSums& sums) {
  double all[16];
  storeSums(sums, all);
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) all[i] += all[i + half];
  }
  return all[0];
}

double squaredNorm(size_t count, const float* x) {
  SquareSums sums;
  addAllSquares(sums, count, x);
  return total(sums);
}

// Each gives ΔW of weight i from its gradient g (clipped, penalty included) and renews the optimizer's state.

struct Sgd {
  static constexpr bool decays = false;
  LAMINA_INLINE float change(const UpdateStep& s, float g, float*, float*, size_t) { return -s.learningRate * g; }
};
/** v ← μ v + g; w ← w − η v */
struct Momentum {
  static constexpr bool decays = false;
  LAMINA_INLINE float change(const UpdateStep& s, float g, float* LAMINA_RESTRICT velocity, float*, size_t i) {
    const float v = s.momentum * velocity[i] + g;
    velocity[i] = v;
    return -s.learningRate * v;
  }
};
/** v ← μ v + g; w ← w − η (g + μ v) */
struct Nesterov {
  static constexpr bool decays = false;
  LAMINA_INLINE float change(const UpdateStep& s, float g, float* LAMINA_RESTRICT velocity, float*, size_t i) {
    const float v = s.momentum * velocity[i] + g;
    velocity[i] = v;
    return -s.learningRate * (g + s.momentum * v);
  }
};
/** s ← ρ s + (1 − ρ) g²; w ← w − η g / (√s + ε) */
struct RmsProp {
  static constexpr bool decays = false;
  LAMINA_INLINE float change(const UpdateStep& s, float g, float* LAMINA_RESTRICT meanSquare, float*, size_t i) {
    const float mean = s.momentum * meanSquare[i] + s.momentumComplement * g * g;
    meanSquare[i] = mean;
    return -s.learningRate * g / (sqrtf(mean) + epsilon);
  }
};
/** s ← s + g²; w ← w − η g / (√s + ε) */
struct Adagrad {
  static constexpr bool decays = false;
  LAMINA_INLINE float change(const UpdateStep& s, float g, float* LAMINA_RESTRICT sumOfSquares, float*, size_t i) {
    const float sum = sumOfSquares[i] + g * g;
    sumOfSquares[i] = sum;
    return -s.learningRate * g / (sqrtf(sum) + adagradEpsilon);
  }
};
/** m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; w ← w − η m̂ / (√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ) */
struct Adam {
  static constexpr bool decays = false;
  LAMINA_INLINE float change(const UpdateStep& s, float g, float* LAMINA_RESTRICT firstMoment,
                             float* LAMINA_RESTRICT secondMoment, size_t i) {
    const float m = beta1 * firstMoment[i] + 0.1F * g;
    const float v = beta2 * secondMoment[i] + 0.001F * g * g;
    firstMoment[i] = m;
    secondMoment[i] = v;
    return -s.correctedRate * m / (sqrtf(v) * s.secondMomentScale + epsilon);
  }
};
/** Adam, and w shrinks by the share η · weightDecay first. */
struct AdamW : Adam {
  static constexpr bool decays = true;
};

/** A run of weights that all are penalised and decay, or (biases) all do not. */
template <class Rule, bool penalised>
LAMINA_INLINE void updateRange(const UpdateStep& step, size_t count, const float* LAMINA_RESTRICT w,
                               float* LAMINA_RESTRICT next, float* LAMINA_RESTRICT state0,
                               float* LAMINA_RESTRICT state1, SquareSums& change, SquareSums& weights) {
  constexpr size_t block = 256;
  alignas(64) float changes[block];
  for (size_t first = 0; first < count; first += block) {
    const size_t size = count - first < block ? count - first : block;
    for (size_t j = 0; j < size; ++j) {
      const size_t i = first + j;
      float g = next[i] * step.gradientScale;
      if constexpr (penalised) g += step.l2 * w[i];
      float delta = Rule::change(step, g, state0, state1, i);
      if constexpr (penalised && Rule::decays) delta -= step.decay * w[i];
      changes[j] = delta;
      next[i] = w[i] + delta;
    }
    addAllSquares(change, size, changes);
    addAllSquares(weights, size, next + first);
  }
}

template <class Rule>
UpdateSums updateLayer(const UpdateStep& step, size_t inputs, size_t units, const float* w, float* next, float* state0,
                       float* state1) {
  SquareSums change;
  SquareSums weights;
  if (step.l2 == 0.0F && (!Rule::decays || step.decay == 0.0F)) {
    updateRange<Rule, false>(step, units * (inputs + 1), w, next, state0, state1, change, weights);
  } else {
    const auto from = [](float* state, size_t offset) { return state == nullptr ? nullptr : state + offset; };
    for (size_t unit = 0; unit < units; ++unit) {
      const size_t row = unit * (inputs + 1);
      const size_t bias = row + inputs;
      updateRange<Rule, true>(step, inputs, w + row, next + row, from(state0, row), from(state1, row), change, weights);
      updateRange<Rule, false>(step, 1, w + bias, next + bias, from(state0, bias), from(state1, bias), change, weights);
    }
  }
  return {total(change), total(weights)};
}

}  // namespace
