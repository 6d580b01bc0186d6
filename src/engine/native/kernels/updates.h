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

/** What gradients and changes are multiplied by before they are squared, so that float32 holds squares down to 10⁻⁵⁰. */
constexpr float squaresScale = 0x1p40F;

/** The scalars of a step, once per lane. */
struct StepVectors {
  Vector factor;
  Vector gradientScale;
  Vector l2;
  /** Negative, for it is added. */
  Vector decay;
  Vector momentum;
  Vector momentumComplement;
  Vector secondMomentScale;
};
LAMINA_INLINE StepVectors broadcastStep(const UpdateStep& step, float factor) {
  return {broadcast(factor),        broadcast(step.gradientScale),      broadcast(step.l2),
          broadcast(-step.decay),   broadcast(step.momentum),           broadcast(step.momentumComplement),
          broadcast(step.secondMomentScale)};
}

// Each gives the direction D of ΔW = f D from gradients g (clipped, penalty included) and renews the optimizer's state;
// f, the same for all weights, is minus the learning rate unless a rule says otherwise. A *normalised* D has lost the
// gradients' magnitude.

struct Sgd {
  static constexpr bool decays = false;
  static constexpr bool normalises = false;
  static constexpr size_t states = 0;
  LAMINA_INLINE float factor(const UpdateStep& step) { return -step.learningRate; }
  LAMINA_INLINE Vector direction(const StepVectors&, Vector g, Vector&, Vector&) { return g; }
};
/** v ← μ v + g; w ← w − η v */
struct Momentum : Sgd {
  static constexpr size_t states = 1;
  LAMINA_INLINE Vector direction(const StepVectors& s, Vector g, Vector& velocity, Vector&) {
    velocity = multiplyAdd(s.momentum, velocity, g);
    return velocity;
  }
};
/** v ← μ v + g; w ← w − η (g + μ v) */
struct Nesterov : Sgd {
  static constexpr size_t states = 1;
  LAMINA_INLINE Vector direction(const StepVectors& s, Vector g, Vector& velocity, Vector&) {
    velocity = multiplyAdd(s.momentum, velocity, g);
    return multiplyAdd(s.momentum, velocity, g);
  }
};
/** s ← ρ s + (1 − ρ) g²; w ← w − η g / (√s + ε) */
struct RmsProp : Sgd {
  static constexpr bool normalises = true;
  static constexpr size_t states = 1;
  LAMINA_INLINE Vector direction(const StepVectors& s, Vector g, Vector& meanSquare, Vector&) {
    meanSquare = multiplyAdd(s.momentum, meanSquare, s.momentumComplement * g * g);
    return g / (squareRoot(meanSquare) + broadcast(epsilon));
  }
};
/** s ← s + g²; w ← w − η g / (√s + ε) */
struct Adagrad : Sgd {
  static constexpr bool normalises = true;
  static constexpr size_t states = 1;
  LAMINA_INLINE Vector direction(const StepVectors&, Vector g, Vector& sumOfSquares, Vector&) {
    sumOfSquares = multiplyAdd(g, g, sumOfSquares);
    return g / (squareRoot(sumOfSquares) + broadcast(adagradEpsilon));
  }
};
/** m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; w ← w − η m̂ / (√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ) */
struct Adam {
  static constexpr bool decays = false;
  static constexpr bool normalises = true;
  static constexpr size_t states = 2;
  LAMINA_INLINE float factor(const UpdateStep& step) { return -step.correctedRate; }
  LAMINA_INLINE Vector direction(const StepVectors& s, Vector g, Vector& firstMoment, Vector& secondMoment) {
    firstMoment = multiplyAdd(broadcast(beta1), firstMoment, broadcast(0.1F) * g);
    secondMoment = multiplyAdd(broadcast(beta2), secondMoment, broadcast(0.001F) * g * g);
    return firstMoment / multiplyAdd(squareRoot(secondMoment), s.secondMomentScale, broadcast(epsilon));
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

/** What ‖ΔW‖ is computed from. */
enum class Measured { gradient, direction, scaledDirection, scaledChange };
template <class Rule, bool penalised>
constexpr Measured measured = penalised && Rule::decays              ? Measured::scaledChange
                              : Rule::states == 0 && !penalised      ? Measured::gradient
                              : Rule::normalises                     ? Measured::direction
                                                                     : Measured::scaledDirection;

/** ‖ΔW‖² by what became of W: for changes so large that its rounding is nothing beside them, or so small as to be lost. */
LAMINA_APART double squaredDifference(size_t count, const float* w, const float* next) {
  Doubles sum = zeroDoubles();
  for (size_t i = 0; i < count; i += lanes) {
    const size_t rest = count - i < lanes ? count - i : lanes;
    const Doubles change = widen(loadPart(next + i, rest)) + widen(zero() - loadPart(w + i, rest));
    sum = multiplyAdd(change, change, sum);
  }
  return addHalves(sum);
}

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
                                Columns& columns, Vector& changeSquares, Vector& weightSquares) {
  const Vector w = loadSome(weights.w + i, all, count);
  Vector g = loadSome(weights.next + i, all, count) * s.gradientScale;
  Vector state0 = Rule::states > 0 ? loadSome(weights.state0 + i, all, count) : zero();
  Vector state1 = Rule::states > 1 ? loadSome(weights.state1 + i, all, count) : zero();
  const Mask isBias = columns.column == columns.bias;
  if constexpr (penalised) g = multiplyAdd(select(isBias, zero(), s.l2), w, g);
  Vector squared = Rule::direction(s, g, state0, state1);
  Vector next;
  if constexpr (penalised && Rule::decays) {
    squared = multiplyAdd(s.factor, squared, select(isBias, zero(), s.decay) * w);
    next = w + squared;
  } else {
    next = multiplyAdd(s.factor, squared, w);
  }
  if constexpr (penalised) advance(columns);
  storeSome(weights.next + i, next, all, count);
  if constexpr (Rule::states > 0) storeSome(weights.state0 + i, state0, all, count);
  if constexpr (Rule::states > 1) storeSome(weights.state1 + i, state1, all, count);
  constexpr Measured which = measured<Rule, penalised>;
  if constexpr (which != Measured::gradient) {
    if constexpr (which != Measured::direction) squared = squared * broadcast(squaresScale);
    changeSquares = multiplyAdd(squared, squared, changeSquares);
  }
  weightSquares = multiplyAdd(next, next, weightSquares);
}

/** @tparam penalised whether there is a penalty or a decay, which biases are free of */
template <class Rule, bool penalised>
UpdateSums updateWeights(const UpdateStep& step, size_t inputs, size_t units, const Weights& weights,
                         double gradientSquares) {
  constexpr Measured which = measured<Rule, penalised>;
  const float factor = Rule::factor(step);
  const StepVectors s = broadcastStep(step, factor);
  Columns columns = penalised ? firstColumns(inputs) : Columns{};
  const size_t count = units * (inputs + 1);
  Sums changeSquares = zeroSums();
  Sums weightSquares = zeroSums();
  double otherChangeSquares = 0;
  for (size_t first = 0; first < count; first += squaresBlock) {
    const size_t size = count - first < squaresBlock ? count - first : squaresBlock;
    BlockSquares changeChains[squaresChains];
    BlockSquares nextChains[squaresChains];
    for (BlockSquares& chain : changeChains) chain = zeroBlockSquares();
    for (BlockSquares& chain : nextChains) chain = zeroBlockSquares();
    const auto update = [&](size_t i, size_t vector, bool all, size_t rest) {
      const size_t chain = vector / vectorsOfSums;
      const size_t v = vector % vectorsOfSums;
      updateVector<Rule, penalised>(s, weights, first + i, all, rest, columns, changeChains[chain].part[v],
                                    nextChains[chain].part[v]);
    };
    // A sum's index is known to compilers everywhere, so that sums stay in registers.
    constexpr size_t together = squaresChains * vectorsOfSums;
    size_t i = 0;
    for (; i + together * lanes <= size; i += together * lanes) {
      for (size_t vector = 0; vector < together; ++vector) update(i + vector * lanes, vector, true, lanes);
    }
    for (size_t vector = 0; vector < together; ++vector, i += lanes) {
      if (i + lanes > size) break;
      update(i, vector, true, lanes);
    }
    if (i < size) update(i, together - 1, false, size - i);
    const BlockSquares change = joinChains(changeChains);
    const BlockSquares next = joinChains(nextChains);
    if constexpr (which != Measured::gradient) {
      if (areSafe(change.part)) {
        addSafe(changeSquares, change);
      } else {
        otherChangeSquares += squaredDifference(size, weights.w + first, weights.next + first);
      }
    }
    addBlock(weightSquares, next, size, weights.next + first);
  }
  double share = which == Measured::scaledChange ? 1 : static_cast<double>(factor);
  if (which == Measured::gradient) share *= static_cast<double>(step.gradientScale);
  if (which == Measured::scaledDirection || which == Measured::scaledChange) share /= static_cast<double>(squaresScale);
  const double squares = which == Measured::gradient ? gradientSquares : total(changeSquares);
  return {share * share * squares + otherChangeSquares, total(weightSquares)};
}

template <class Rule>
UpdateSums updateLayer(const UpdateStep& step, size_t inputs, size_t units, const float* w, float* next, float* state0,
                       float* state1, double gradientSquares) {
  const bool penalised = step.l2 != 0.0F || (Rule::decays && step.decay != 0.0F);
  const Weights weights{w, next, state0, state1};
  return penalised ? updateWeights<Rule, true>(step, inputs, units, weights, gradientSquares)
                   : updateWeights<Rule, false>(step, inputs, units, weights, gradientSquares);
}

}  // namespace
