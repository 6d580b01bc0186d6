#pragma once

#include <math.h>

#include <cstddef>
#include <cstdint>

#include "compiler.h"

/** Losses, metrics and the gathering of minibatches. Sums over samples are float64. */
namespace {

/** Under this a probability counts as this, so that ln stays finite. */
constexpr double smallestProbability = 1e-12;
/** PyTorch's bound on ln in binary cross-entropy. */
constexpr double smallestLog = -100.0;
/** Where Huber's loss turns from a parabola into a line. */
constexpr double huberDelta = 1.0;

// Losses and metrics that are a mean over outputs: value and derivative (by ŷ) of one output.

struct BinaryCrossEntropy {
  /** A score outside [0, 1] has no logarithm; it counts as the nearer end. NaN stays NaN. */
  LAMINA_INLINE double boundedLog(double p) {
    if (p <= 0.0) return smallestLog;
    const double l = log(p);
    return l < smallestLog ? smallestLog : l;
  }
  LAMINA_INLINE double value(double p, double y) { return -(y * boundedLog(p) + (1.0 - y) * boundedLog(1.0 - p)); }
  LAMINA_INLINE double derivative(double p, double y) {
    const double width = p * (1.0 - p);
    return (p - y) / (width < smallestProbability ? smallestProbability : width);
  }
};
struct SquaredError {
  LAMINA_INLINE double value(double p, double y) { return (p - y) * (p - y); }
  LAMINA_INLINE double derivative(double p, double y) { return 2.0 * (p - y); }
};
struct AbsoluteError {
  LAMINA_INLINE double value(double p, double y) { return fabs(p - y); }
  LAMINA_INLINE double derivative(double p, double y) { return p > y ? 1.0 : p < y ? -1.0 : 0.0; }
};
struct Huber {
  LAMINA_INLINE double value(double p, double y) {
    const double error = fabs(p - y);
    return error <= huberDelta ? 0.5 * error * error : huberDelta * (error - 0.5 * huberDelta);
  }
  LAMINA_INLINE double derivative(double p, double y) {
    const double error = p - y;
    return error < -huberDelta ? -huberDelta : error > huberDelta ? huberDelta : error;
  }
};
/** A metric only: whether an output is on its target's side of ½. */
struct ThresholdAccuracy {
  LAMINA_INLINE double value(double p, double y) { return (p > 0.5) == (y > 0.5) ? 1.0 : 0.0; }
};

template <class Output>
double meanSum(size_t rows, size_t units, const float* predictions, const float* targets) {
  double sum = 0;
  for (size_t i = 0; i < rows * units; ++i) {
    sum += Output::value(static_cast<double>(predictions[i]), static_cast<double>(targets[i]));
  }
  return sum / static_cast<double>(units);
}

template <class Output>
void meanGradient(size_t rows, size_t units, const float* LAMINA_RESTRICT predictions,
                  const float* LAMINA_RESTRICT targets, float* LAMINA_RESTRICT g) {
  const double outputs = static_cast<double>(rows * units);
  for (size_t i = 0; i < rows * units; ++i) {
    g[i] = static_cast<float>(
        Output::derivative(static_cast<double>(predictions[i]), static_cast<double>(targets[i])) / outputs);
  }
}

/** L_i = −Σ_k y_k ln ŷ_k */
double crossEntropySum(size_t rows, size_t units, const float* predictions, const float* targets) {
  double sum = 0;
  for (size_t i = 0; i < rows * units; ++i) {
    if (targets[i] == 0.0F) continue;
    const double p = static_cast<double>(predictions[i]);
    sum -= static_cast<double>(targets[i]) * log(p < smallestProbability ? smallestProbability : p);
  }
  return sum;
}

void crossEntropyGradient(size_t rows, size_t units, const float* LAMINA_RESTRICT predictions,
                          const float* LAMINA_RESTRICT targets, float* LAMINA_RESTRICT g) {
  const double samples = static_cast<double>(rows);
  for (size_t i = 0; i < rows * units; ++i) {
    const double p = static_cast<double>(predictions[i]);
    g[i] = static_cast<float>(-static_cast<double>(targets[i]) /
                              (p < smallestProbability ? smallestProbability : p) / samples);
  }
}

/**
 * L_i = Σ_k y_k (m − z_k + ln S) with m the largest score and S = Σ_j e^(z_j − m). S is taken from Ŷ as
 * 1 + Σ_(j ≠ largest) ŷ_j / ŷ_largest, whose small terms keep their precision: a loss of 1e-6 is still right.
 */
double softmaxCrossEntropySum(size_t rows, size_t units, const float* scores, const float* predictions,
                              const float* targets) {
  double sum = 0;
  for (size_t row = 0; row < rows; ++row, scores += units, predictions += units, targets += units) {
    size_t largest = 0;
    for (size_t k = 1; k < units; ++k) largest = scores[k] > scores[largest] ? k : largest;
    double others = 0;
    for (size_t k = 0; k < units; ++k) others += k == largest ? 0.0 : static_cast<double>(predictions[k]);
    const double logSum = log1p(others / static_cast<double>(predictions[largest]));
    const double m = static_cast<double>(scores[largest]);
    for (size_t k = 0; k < units; ++k) {
      if (targets[k] == 0.0F) continue;
      sum += static_cast<double>(targets[k]) * (m - static_cast<double>(scores[k]) + logSum);
    }
  }
  return sum;
}

/** −(y ln σ(z) + (1 − y) ln(1 − σ(z))) = max(z, 0) − y z + ln(1 + e^−|z|), mean over outputs. */
double sigmoidBinaryCrossEntropySum(size_t rows, size_t units, const float* scores, const float* targets) {
  double sum = 0;
  for (size_t i = 0; i < rows * units; ++i) {
    const double z = static_cast<double>(scores[i]);
    const double y = static_cast<double>(targets[i]);
    sum += (z > 0.0 ? z : 0.0) - y * z + log1p(static_cast<double>(expf(-fabsf(scores[i]))));
  }
  return sum / static_cast<double>(units);
}

void fusedLossGradient(size_t count, const float* LAMINA_RESTRICT predictions, const float* LAMINA_RESTRICT targets,
                       float scale, float* LAMINA_RESTRICT e) {
  for (size_t i = 0; i < count; ++i) e[i] = (predictions[i] - targets[i]) * scale;
}

LAMINA_INLINE size_t largestIndex(size_t units, const float* x) {
  size_t best = 0;
  for (size_t k = 1; k < units; ++k) best = x[k] > x[best] ? k : best;
  return best;
}

/** Samples whose largest output is the largest target; the first of several counts. */
double argmaxAccuracySum(size_t rows, size_t units, const float* predictions, const float* targets) {
  size_t right = 0;
  for (size_t row = 0; row < rows; ++row) {
    if (largestIndex(units, predictions + row * units) == largestIndex(units, targets + row * units)) ++right;
  }
  return static_cast<double>(right);
}

void gatherRows(size_t rows, size_t units, const float* LAMINA_RESTRICT source, const uint32_t* LAMINA_RESTRICT order,
                float* LAMINA_RESTRICT destination) {
  for (size_t row = 0; row < rows; ++row) {
    const float* const from = source + order[row] * units;
    float* const to = destination + row * units;
    for (size_t k = 0; k < units; ++k) to[k] = from[k];
  }
}

}  // namespace
