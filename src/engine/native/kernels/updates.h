#pragma once

#include <cstddef>
#include <cstdint>

#include "compiler.h"
#include "kernels.h"
#include "squares.h"

/** Norms and optimizer steps, after a vector header. Formulas, defaults and epsilons are those of torch.optim. */
namespace {

using lamina::UpdateStep;
using lamina::UpdateSums;

constexpr float epsilon = 1e-8F;
constexpr float adagradEpsilon = 1e-10F;
/** Adam's decay rates of the running means of g and g². */
constexpr float beta1 = 0.9F;
constexpr float beta2 = 0.999F;

/** The scalars of a step, once per lane. */
struct StepVectors {
  Vector rate;
  Vector gradientScale;
  Vector l2;
  Vector decay;
  Vector momentum;
  Vector momentumComplement;
  Vector correctedRate;
  Vector secondMomentScale;
};
/** Rates are negative here: what rules return is added to W. */
LAMINA_INLINE StepVectors broadcastStep(const UpdateStep& step) {
  return {broadcast(-step.learningRate),     broadcast(step.gradientScale),
          broadcast(step.l2),                broadcast(-step.decay),
          broadcast(step.momentum),          broadcast(step.momentumComplement),
          broadcast(-step.correctedRate),    broadcast(step.secondMomentScale)};
}

// Each gives ΔW from gradients g (clipped, penalty included) and renews the optimizer's state.

struct Sgd {
  static constexpr bool decays = false;
  static constexpr size_t states = 0;
  LAMINA_INLINE Vector change(const StepVectors& s, Vector g, Vector&, Vector&) { return s.rate * g; }
};
/** v ← μ v + g; w ← w − η v */
struct Momentum {
  static constexpr bool decays = false;
  static constexpr size_t states = 1;
  LAMINA_INLINE Vector change(const StepVectors& s, Vector g, Vector& velocity, Vector&) {
    velocity = multiplyAdd(s.momentum, velocity, g);
    return s.rate * velocity;
  }
};
/** v ← μ v + g; w ← w − η (g + μ v) */
struct Nesterov {
  static constexpr bool decays = false;
  static constexpr size_t states = 1;
  LAMINA_INLINE Vector change(const StepVectors& s, Vector g, Vector& velocity, Vector&) {
    velocity = multiplyAdd(s.momentum, velocity, g);
    return s.rate * multiplyAdd(s.momentum, velocity, g);
  }
};
/** s ← ρ s + (1 − ρ) g²; w ← w − η g / (√s + ε) */
struct RmsProp {
  static constexpr bool decays = false;
  static constexpr size_t states = 1;
  LAMINA_INLINE Vector change(const StepVectors& s, Vector g, Vector& meanSquare, Vector&) {
    meanSquare = multiplyAdd(s.momentum, meanSquare, s.momentumComplement * g * g);
    return s.rate * g / (squareRoot(meanSquare) + broadcast(epsilon));
  }
};
/** s ← s + g²; w ← w − η g / (√s + ε) */
struct Adagrad {
  static constexpr bool decays = false;
  static constexpr size_t states = 1;
  LAMINA_INLINE Vector change(const StepVectors& s, Vector g, Vector& sumOfSquares, Vector&) {
    sumOfSquares = multiplyAdd(g, g, sumOfSquares);
    return s.rate * g / (squareRoot(sumOfSquares) + broadcast(adagradEpsilon));
  }
};
/** m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; w ← w − η m̂ / (√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ) */
struct Adam {
  static constexpr bool decays = false;
  static constexpr size_t states = 2;
  LAMINA_INLINE Vector change(const StepVectors& s, Vector g, Vector& firstMoment, Vector& secondMoment) {
    firstMoment = multiplyAdd(broadcast(beta1), firstMoment, broadcast(0.1F) * g);
    secondMoment = multiplyAdd(broadcast(beta2), secondMoment, broadcast(0.001F) * g * g);
    const Vector root = multiplyAdd(squareRoot(secondMoment), s.secondMomentScale, broadcast(epsilon));
    return s.correctedRate * firstMoment / root;
  }
};
/** Adam, and w shrinks by the share η · weightDecay first. */
struct AdamW : Adam {
  static constexpr bool decays = true;
};

/** Which of the following weights are biases: each lane's place in its row of `inputs` + 1 weights. */
struct Columns {
  Words column;
  /** How far a vector's lanes are ahead of those of the one before, `lanes` modulo a row. */
  Words ahead;
  Words row;
  Words bias;
};
LAMINA_INLINE Columns firstColumns(size_t inputs) {
  uint32_t columns[lanes];
  size_t next = 0;
  for (uint32_t& column : columns) {
    column = static_cast<uint32_t>(next);
    next = next == inputs ? 0 : next + 1;
  }
  // `next` is where the following vector starts.
  return {loadWords(columns), broadcastWords(static_cast<uint32_t>(next)),
          broadcastWords(static_cast<uint32_t>(inputs + 1)), broadcastWords(static_cast<uint32_t>(inputs))};
}
LAMINA_INLINE void advance(Columns& columns) {
  const Words sum = columns.column + columns.ahead;
  // Below zero a word is very large.
  columns.column = minimum(sum, sum - columns.row);
}

struct Weights {
  const float* w;
  float* next;
  float* state0;
  float* state1;
};

LAMINA_INLINE Vector loadSome(const float* p, bool all, size_t count) { return all ? load(p) : loadPart(p, count); }
LAMINA_INLINE void storeSome(float* p, Vector x, bool all, size_t count) {
  if (all) {
    store(p, x);
  } else {
    storePart(p, x, count);
  }
}

/** Renews weights i … i + lanes − 1 or, unless `all`, the first `count` of them. Lanes beyond add nothing to sums. */
template <class Rule, bool penalised>
LAMINA_INLINE void updateVector(const StepVectors& s, const Weights& weights, size_t i, bool all, size_t count,
                                Columns& columns, float* changes, Vector& changeSquares, Vector& weightSquares) {
  const Vector w = loadSome(weights.w + i, all, count);
  Vector g = loadSome(weights.next + i, all, count) * s.gradientScale;
  Vector state0 = Rule::states > 0 ? loadSome(weights.state0 + i, all, count) : zero();
  Vector state1 = Rule::states > 1 ? loadSome(weights.state1 + i, all, count) : zero();
  const Mask isBias = columns.column == columns.bias;
  if constexpr (penalised) g = multiplyAdd(select(isBias, zero(), s.l2), w, g);
  Vector change = Rule::change(s, g, state0, state1);
  if constexpr (penalised && Rule::decays) change = multiplyAdd(select(isBias, zero(), s.decay), w, change);
  if constexpr (penalised) advance(columns);
  const Vector next = w + change;
  storeSome(weights.next + i, next, all, count);
  if constexpr (Rule::states > 0) storeSome(weights.state0 + i, state0, all, count);
  if constexpr (Rule::states > 1) storeSome(weights.state1 + i, state1, all, count);
  store(changes, change);
  changeSquares = multiplyAdd(change, change, changeSquares);
  weightSquares = multiplyAdd(next, next, weightSquares);
}

/** @tparam penalised whether there is a penalty or a decay, which biases are free of */
template <class Rule, bool penalised>
UpdateSums updateWeights(const UpdateStep& step, size_t inputs, size_t units, const Weights& weights) {
  const StepVectors s = broadcastStep(step);
  Columns columns = penalised ? firstColumns(inputs) : Columns{};
  const size_t count = units * (inputs + 1);
  Sums changeSquares = zeroSums();
  Sums weightSquares = zeroSums();
  alignas(64) float changes[squaresBlock];
  for (size_t first = 0; first < count; first += squaresBlock) {
    const size_t size = count - first < squaresBlock ? count - first : squaresBlock;
    BlockSquares change = zeroBlockSquares();
    BlockSquares next = zeroBlockSquares();
    size_t i = 0;
    for (; i + sumCount <= size; i += sumCount) {
      for (size_t v = 0; v < vectorsOfSums; ++v) {
        const size_t at = i + v * lanes;
        updateVector<Rule, penalised>(s, weights, first + at, true, lanes, columns, changes + at, change.part[v],
                                      next.part[v]);
      }
    }
    // A sum's index is known to compilers, so that sums stay in registers.
    for (size_t v = 0; v < vectorsOfSums; ++v, i += lanes) {
      if (i >= size) break;
      const size_t rest = size - i < lanes ? size - i : lanes;
      updateVector<Rule, penalised>(s, weights, first + i, false, rest, columns, changes + i, change.part[v],
                                    next.part[v]);
    }
    addBlock(changeSquares, change, size, changes);
    addBlock(weightSquares, next, size, weights.next + first);
  }
  return {total(changeSquares), total(weightSquares)};
}

template <class Rule>
UpdateSums updateLayer(const UpdateStep& step, size_t inputs, size_t units, const float* w, float* next, float* state0,
                       float* state1) {
  const bool penalised = step.l2 != 0.0F || (Rule::decays && step.decay != 0.0F);
  const Weights weights{w, next, state0, state1};
  return penalised ? updateWeights<Rule, true>(step, inputs, units, weights)
                   : updateWeights<Rule, false>(step, inputs, units, weights);
}

}  // namespace
