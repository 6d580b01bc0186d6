#pragma once

#include <cstddef>
#include <cstdint>

#include "compiler.h"
#include "elementary.h"
#include "panels.h"

/**
 * Losses and metrics, after a vector header. What belongs to one output is computed in float32, in forms that keep the
 * digits of small losses; sums over outputs and samples are float64.
 */
namespace {

/** Under this a probability counts as this, so that ln stays finite. */
constexpr float smallestProbability = 1e-12F;
/** PyTorch's bound on ln in binary cross-entropy. */
constexpr float smallestLog = -100.0F;
/** Where Huber's loss turns from a parabola into a line. */
constexpr float huberDelta = 1.0F;

// Losses and metrics of single outputs: `add` adds their values to the samples' sums, `derivative` is that by ŷ.

struct CrossEntropy {
  static constexpr bool isMean = false;
  /** −y ln ŷ */
  LAMINA_INLINE Doubles add(Doubles sum, Vector p, Vector y) {
    const Vector value = negative(logarithm(atLeast(p, broadcast(smallestProbability))));
    // 0 · ∞ is NaN, but a class that no label asks for counts nothing.
    return multiplyAdd(widen(y), widen(select(y == zero(), zero(), value)), sum);
  }
  LAMINA_INLINE Vector derivative(Vector p, Vector y) {
    return negative(y / atLeast(p, broadcast(smallestProbability)));
  }
};
struct BinaryCrossEntropy {
  static constexpr bool isMean = true;
  /** Where p ≤ 0 there is no logarithm: it counts as 0, and `log` as nothing. NaN stays NaN. */
  LAMINA_INLINE Vector bounded(Vector p, Vector log) {
    const Vector bound = broadcast(smallestLog);
    return select(p <= zero(), bound, atLeast(log, bound));
  }
  /** −(y ln ŷ + (1 − y) ln(1 − ŷ)) */
  LAMINA_INLINE Doubles add(Doubles sum, Vector p, Vector y) {
    const Vector one = broadcast(1);
    const Vector log = bounded(p, logarithm(p));
    const Vector logOfComplement = bounded(one - p, logarithmOfOnePlus(negative(p)));
    return sum + widen(negative(multiplyAdd(y, log, (one - y) * logOfComplement)));
  }
  LAMINA_INLINE Vector derivative(Vector p, Vector y) {
    return (p - y) / atLeast(p * (broadcast(1) - p), broadcast(smallestProbability));
  }
};
struct SquaredError {
  static constexpr bool isMean = true;
  LAMINA_INLINE Doubles add(Doubles sum, Vector p, Vector y) { return addSquare(sum, p - y); }
  LAMINA_INLINE Vector derivative(Vector p, Vector y) { return broadcast(2) * (p - y); }
};
struct AbsoluteError {
  static constexpr bool isMean = true;
  LAMINA_INLINE Doubles add(Doubles sum, Vector p, Vector y) { return sum + widen(absolute(p - y)); }
  LAMINA_INLINE Vector derivative(Vector p, Vector y) {
    return select(y < p, broadcast(1), select(p < y, broadcast(-1), zero()));
  }
};
struct Huber {
  static constexpr bool isMean = true;
  LAMINA_INLINE Doubles add(Doubles sum, Vector p, Vector y) {
    const Vector half = broadcast(0.5F);
    const Vector delta = broadcast(huberDelta);
    const Vector error = absolute(p - y);
    const Vector value = select(error <= delta, half * error * error, delta * (error - half * delta));
    return sum + widen(value);
  }
  LAMINA_INLINE Vector derivative(Vector p, Vector y) {
    return atLeast(atMost(p - y, broadcast(huberDelta)), broadcast(-huberDelta));
  }
};
/** A metric only: whether an output is on its target's side of ½. */
struct ThresholdAccuracy {
  static constexpr bool isMean = true;
  LAMINA_INLINE Vector side(Vector x) { return select(broadcast(0.5F) < x, broadcast(1), zero()); }
  LAMINA_INLINE Doubles add(Doubles sum, Vector p, Vector y) {
    return sum + widen(select(side(p) == side(y), broadcast(1), zero()));
  }
};
/** −(y ln σ(z) + (1 − y) ln(1 − σ(z))) = (1 − y or, for z ≤ 0, y) · |z| + ln(1 + e^−|z|): nothing here cancels. */
struct SigmoidBinaryCrossEntropy {
  static constexpr bool isMean = true;
  LAMINA_INLINE Doubles add(Doubles sum, Vector z, Vector y) {
    const Vector magnitude = absolute(z);
    const Vector wrongShare = select(zero() < z, broadcast(1) - y, y);
    return sum + widen(multiplyAdd(wrongShare, magnitude, logarithmOfOnePlus(exponential(negative(magnitude)))));
  }
};

/** Loss of each sample times its weight, where there are weights. @param first sample of the vector */
LAMINA_INLINE Doubles weighed(Doubles losses, const float* weights, size_t first) {
  return weights == nullptr ? losses : multiplyAdd(losses, widen(load(weights + first)), zeroDoubles());
}

/** w_1 L_1 + … + w_b L_b, L_i the sum or mean over outputs. */
template <class Loss>
double lossSum(Panels panels, size_t units, const float* predictions, const float* targets, const float* weights) {
  Sums sums = zeroSums();
  for (SampleVector at(panels, units); at.first() < panels.samples; at.next()) {
    Doubles sum = zeroDoubles();
    for (size_t i = at.offset(), k = 0; k < units; ++k, i += panels.width) {
      sum = Loss::add(sum, load(predictions + i), load(targets + i));
    }
    addSamples(sums, panels, at.first(), weighed(sum, weights, at.first()));
  }
  const double sum = total(sums);
  return Loss::isMean ? sum / static_cast<double>(units) : sum;
}

template <class Loss>
void lossGradient(Panels panels, size_t units, const float* predictions, const float* targets, float* g) {
  const size_t terms = Loss::isMean ? panels.samples * units : panels.samples;
  const Vector scale = broadcast(static_cast<float>(1.0 / static_cast<double>(terms)));
  const size_t count = paddedSamples(panels) * units;
  for (size_t i = 0; i < count; i += lanes) {
    store(g + i, Loss::derivative(load(predictions + i), load(targets + i)) * scale);
  }
}

/**
 * L_i = Σ_k y_k (m − z_k + ln S) with m the largest score and S = Σ_j e^(z_j − m). S is taken from Ŷ as
 * 1 + Σ_(j ≠ largest) ŷ_j / ŷ_largest, whose small terms keep their precision: a loss of 1e-6 is still right.
 */
double softmaxCrossEntropySum(Panels panels, size_t units, const float* scores, const float* predictions,
                              const float* targets, const float* weights) {
  Sums sums = zeroSums();
  const size_t width = panels.width;
  for (SampleVector at(panels, units); at.first() < panels.samples; at.next()) {
    Vector largest = load(scores + at.offset());
    Vector prediction = load(predictions + at.offset());
    Vector others = zero();
    for (size_t i = at.offset() + width, k = 1; k < units; ++k, i += width) {
      const Vector z = load(scores + i);
      const Vector p = load(predictions + i);
      const Mask larger = largest < z;
      others = others + select(larger, prediction, p);
      prediction = select(larger, p, prediction);
      largest = select(larger, z, largest);
    }
    const Vector logSum = logarithmOfOnePlus(others / prediction);
    Doubles sum = zeroDoubles();
    for (size_t i = at.offset(), k = 0; k < units; ++k, i += width) {
      const Vector y = load(targets + i);
      const Vector value = largest - load(scores + i) + logSum;
      sum = multiplyAdd(widen(y), widen(select(y == zero(), zero(), value)), sum);
    }
    addSamples(sums, panels, at.first(), weighed(sum, weights, at.first()));
  }
  return total(sums);
}

void fusedLossGradient(size_t count, const float* predictions, const float* targets, float scale, float* e) {
  const Vector factor = broadcast(scale);
  for (size_t i = 0; i < count; i += lanes) store(e + i, (load(predictions + i) - load(targets + i)) * factor);
}

void weighSamples(Panels panels, size_t units, const float* weights, float* g) {
  for (SampleVector at(panels, units); at.first() < paddedSamples(panels); at.next()) {
    const Vector w = load(weights + at.first());
    for (size_t i = at.offset(), k = 0; k < units; ++k, i += panels.width) store(g + i, load(g + i) * w);
  }
}

/** Samples whose largest output is the largest target; the first of several counts. */
double argmaxAccuracySum(Panels panels, size_t units, const float* predictions, const float* targets,
                         const float* /*weights*/) {
  Sums sums = zeroSums();
  for (SampleVector at(panels, units); at.first() < panels.samples; at.next()) {
    Vector prediction = load(predictions + at.offset());
    Vector target = load(targets + at.offset());
    Words predicted = broadcastWords(0);
    Words wanted = broadcastWords(0);
    for (size_t i = at.offset() + panels.width, k = 1; k < units; ++k, i += panels.width) {
      const Words unit = broadcastWords(static_cast<uint32_t>(k));
      const Vector p = load(predictions + i);
      const Vector y = load(targets + i);
      predicted = select(prediction < p, unit, predicted);
      prediction = select(prediction < p, p, prediction);
      wanted = select(target < y, unit, wanted);
      target = select(target < y, y, target);
    }
    addSamples(sums, panels, at.first(), widen(select(predicted == wanted, broadcast(1), zero())));
  }
  return total(sums);
}

}  // namespace
