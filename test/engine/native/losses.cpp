/** Softmax, losses and metrics in panels against their definitions in float64, sample by sample. */
#include <algorithm>
#include <cmath>

#include "check.h"
#include "every_kernel.h"

using lamina::Kernels;
using lamina::Loss;
using lamina::Metric;
using lamina::Panels;

namespace {

using Doubles = std::vector<double>;

size_t indexOf(Loss loss) { return static_cast<size_t>(loss); }

/** Row by row: the numbers of one sample after the other. */
struct Samples {
  size_t count;
  size_t units;
  Floats scores;
  /** One class each, and a mix of classes in every fourth sample. */
  Floats labels;
  /** Probabilities from 0 to 1, both included, for losses of single outputs. */
  Floats probabilities;
  Floats numbers;
  /** One a sample, from 0 to 2. */
  Floats weights;
};

Samples makeSamples(size_t count, size_t units) {
  Samples samples{count, units, randomFloats(count * units, 21), Floats(count * units),
                  randomFloats(count * units, 22), randomFloats(count * units, 23),
                  randomFloats(count, 24)};
  for (float& weight : samples.weights) weight += 1;
  for (size_t s = 0; s < count; ++s) {
    for (size_t u = 0; u < units; ++u) {
      const size_t i = s * units + u;
      samples.scores[i] *= 20;
      samples.labels[i] = u == s % units ? 1.0F : 0.0F;
      if (s % 4 == 3) samples.labels[i] = 1.0F / static_cast<float>(units);
      samples.probabilities[i] = std::min(1.0F, std::max(0.0F, 0.75F * samples.probabilities[i] + 0.5F));
      samples.numbers[i] *= 3;
    }
  }
  return samples;
}

/** Adds up a function of one output's prediction and target. @param mean over outputs */
double sumOf(const Floats& predictions, const Floats& targets, size_t units, bool mean,
             double (*value)(double, double)) {
  double sum = 0;
  for (size_t i = 0; i < predictions.size(); ++i) sum += value(predictions[i], targets[i]);
  return mean ? sum / static_cast<double>(units) : sum;
}

struct LossCase {
  Loss loss;
  bool mean;
  bool ofProbabilities;
  double (*value)(double, double);
  double (*derivative)(double, double);
};

double boundedLog(double p) { return p <= 0 ? -100 : std::max(std::log(p), -100.0); }

constexpr LossCase lossCases[] = {
    {Loss::crossEntropy, false, true, [](double p, double y) { return y == 0 ? 0 : -y * std::log(std::max(p, 1e-12)); },
     [](double p, double y) { return -y / std::max(p, 1e-12); }},
    {Loss::binaryCrossEntropy, true, true,
     [](double p, double y) { return -(y * boundedLog(p) + (1 - y) * boundedLog(1 - p)); },
     [](double p, double y) { return (p - y) / std::max(p * (1 - p), 1e-12); }},
    {Loss::meanSquaredError, true, false, [](double p, double y) { return (p - y) * (p - y); },
     [](double p, double y) { return 2 * (p - y); }},
    {Loss::meanAbsoluteError, true, false, [](double p, double y) { return std::fabs(p - y); },
     [](double p, double y) { return p > y ? 1.0 : p < y ? -1.0 : 0.0; }},
    {Loss::huber, true, false,
     [](double p, double y) {
       const double error = std::fabs(p - y);
       return error <= 1 ? 0.5 * error * error : error - 0.5;
     },
     [](double p, double y) { return std::min(1.0, std::max(-1.0, p - y)); }}};

/**
 * That samples count as much as their weights say, each measured by itself, and that weights of 1 change no bit.
 * @param sumOf `Panels`, `weights` and functions that put rows into those panels: the loss kernel's sum
 */
template <class SumOf>
void testWeights(const Kernels& kernels, const Samples& samples, const SumOf& sumOf) {
  const Panels panels(samples.count, kernels.panelWidth);
  const Panels single(1, kernels.panelWidth);
  double expected = 0;
  for (size_t s = 0; s < samples.count; ++s) {
    const auto panelled = [&](const Floats& rows) {
      const auto first = rows.begin() + static_cast<std::ptrdiff_t>(s * samples.units);
      return toPanels(single, samples.units, Floats(first, first + static_cast<std::ptrdiff_t>(samples.units)), 0.5F);
    };
    expected += static_cast<double>(samples.weights[s]) * sumOf(single, panelled, nullptr);
  }
  const auto panelled = [&](const Floats& rows) { return toPanels(panels, samples.units, rows, 0.5F); };
  const Floats weights = toPanels(panels, 1, samples.weights, 77.0F);
  CHECK_NEAR(sumOf(panels, panelled, weights.data()), expected, 1e-12);
  const Floats ones(weights.size(), 1.0F);
  CHECK(sumOf(panels, panelled, ones.data()) == sumOf(panels, panelled, nullptr));
}

void testWeighSamples(const Kernels& kernels, const Samples& samples) {
  const Panels panels(samples.count, kernels.panelWidth);
  Floats g = toPanels(panels, samples.units, samples.numbers, 1.0F);
  kernels.weighSamples(panels, samples.units, toPanels(panels, 1, samples.weights, 1.0F).data(), g.data());
  const Floats found = toRows(panels, samples.units, g);
  for (size_t i = 0; i < found.size(); ++i) CHECK(found[i] == samples.numbers[i] * samples.weights[i / samples.units]);
}

void testLosses(const Kernels& kernels, const Samples& samples, std::vector<double>& sums) {
  const Panels panels(samples.count, kernels.panelWidth);
  const size_t units = samples.units;
  const auto panelled = [&](const Floats& rows, float rest) { return toPanels(panels, units, rows, rest); };
  for (const LossCase& item : lossCases) {
    const Floats& predictions = item.ofProbabilities ? samples.probabilities : samples.numbers;
    const Floats& targets = item.ofProbabilities ? samples.labels : samples.scores;
    const Floats p = panelled(predictions, 0.25F);
    const Floats y = panelled(targets, -3.0F);
    const double sum = kernels.lossSum[indexOf(item.loss)](panels, units, p.data(), y.data(), nullptr);
    CHECK_NEAR(sum, sumOf(predictions, targets, units, item.mean, item.value), 2e-7);
    Floats g(p.size());
    kernels.lossGradient[indexOf(item.loss)](panels, units, p.data(), y.data(), g.data());
    const Floats found = toRows(panels, units, g);
    const double terms = static_cast<double>(samples.count * (item.mean ? units : 1));
    for (size_t i = 0; i < found.size(); ++i) {
      const double expected = item.derivative(predictions[i], targets[i]) / terms;
      // What p (1 − p) has lost beside 1 counts where it is 1 − p alone.
      CHECK(std::fabs(found[i] - expected) <= 4e-7 * std::fabs(expected));
    }
    // Other numbers in the columns of no sample change nothing.
    CHECK(sum == kernels.lossSum[indexOf(item.loss)](panels, units, panelled(predictions, 0.9F).data(),
                                                     panelled(targets, 8.0F).data(), nullptr));
    testWeights(kernels, samples, [&](Panels cut, const auto& into, const float* weights) {
      return kernels.lossSum[indexOf(item.loss)](cut, units, into(predictions).data(), into(targets).data(), weights);
    });
    sums.push_back(sum);
  }
  const auto sigmoidLoss = [](double z, double y) {
    return std::max(z, 0.0) - y * z + std::log1p(std::exp(-std::fabs(z)));
  };
  const Floats z = panelled(samples.scores, 4.0F);
  const Floats y = panelled(samples.labels, 0.5F);
  const double sigmoidSum = kernels.sigmoidBinaryCrossEntropySum(panels, units, z.data(), y.data(), nullptr);
  CHECK_NEAR(sigmoidSum, sumOf(samples.scores, samples.labels, units, true, sigmoidLoss), 2e-7);
  testWeights(kernels, samples, [&](Panels cut, const auto& into, const float* weights) {
    return kernels.sigmoidBinaryCrossEntropySum(cut, units, into(samples.scores).data(), into(samples.labels).data(),
                                                weights);
  });
  sums.push_back(sigmoidSum);
}

/** ln Σ e^(z_j − z_k), the loss of a sample of class k. */
double crossEntropyOf(const float* scores, size_t units, size_t k) {
  double others = 0;
  double largest = -1e300;
  for (size_t j = 0; j < units; ++j) {
    if (j != k) largest = std::max(largest, static_cast<double>(scores[j]) - static_cast<double>(scores[k]));
  }
  if (units == 1) return 0;
  const double m = std::max(largest, 0.0);
  for (size_t j = 0; j < units; ++j) {
    if (j != k) others += std::exp(static_cast<double>(scores[j]) - static_cast<double>(scores[k]) - m);
  }
  return m + (m == 0 ? std::log1p(others) : std::log(std::exp(-m) + others));
}

void testSoftmax(const Kernels& kernels, const Samples& samples, std::vector<double>& sums) {
  const Panels panels(samples.count, kernels.panelWidth);
  const size_t units = samples.units;
  const Floats z = toPanels(panels, units, samples.scores, 1.0F);
  const Floats y = toPanels(panels, units, samples.labels, 3.0F);
  Floats a(z.size());
  kernels.softmax(panels, units, z.data(), a.data());
  const Floats probabilities = toRows(panels, units, a);
  double loss = 0;
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const double expected = crossEntropyOf(samples.scores.data() + i / units * units, units, i % units);
    // Differences of scores up to 40 are rounded: by half of 2⁻¹⁸.
    CHECK(std::fabs(probabilities[i] - std::exp(-expected)) <= 3e-6 * std::exp(-expected));
    if (samples.labels[i] != 0) loss += static_cast<double>(samples.labels[i]) * expected;
  }
  const double sum = kernels.softmaxCrossEntropySum(panels, units, z.data(), a.data(), y.data(), nullptr);
  CHECK(std::fabs(sum - loss) <= 5e-7 * loss);
  testWeights(kernels, samples, [&](Panels cut, const auto& into, const float* weights) {
    const Floats scores = into(samples.scores);
    Floats predictions(scores.size());
    kernels.softmax(cut, units, scores.data(), predictions.data());
    return kernels.softmaxCrossEntropySum(cut, units, scores.data(), predictions.data(), into(samples.labels).data(),
                                          weights);
  });
  sums.push_back(sum);

  const Floats g = toPanels(panels, units, samples.numbers, -1.0F);
  Floats e = g;
  kernels.softmaxBackward(panels, units, a.data(), e.data(), e.data(), false);
  Floats added(z.size(), 1.0F);
  kernels.softmaxBackward(panels, units, a.data(), g.data(), added.data(), true);
  const Floats errors = toRows(panels, units, e);
  const Floats errorsAdded = toRows(panels, units, added);
  for (size_t s = 0; s < samples.count; ++s) {
    double mean = 0;
    for (size_t i = s * units; i < (s + 1) * units; ++i) {
      mean += static_cast<double>(probabilities[i]) * static_cast<double>(samples.numbers[i]);
    }
    for (size_t i = s * units; i < (s + 1) * units; ++i) {
      const double expected = static_cast<double>(probabilities[i]) * (static_cast<double>(samples.numbers[i]) - mean);
      CHECK_NEAR(errors[i], expected, 1e-6);
      CHECK_NEAR(errorsAdded[i], 1 + expected, 1e-6);
    }
  }
  Floats fused(z.size());
  kernels.fusedLossGradient(z.size(), a.data(), y.data(), 0.5F, fused.data());
  for (size_t i = 0; i < z.size(); ++i) CHECK(fused[i] == (a[i] - y[i]) * 0.5F);
}

size_t largestOf(const float* x, size_t units) {
  return static_cast<size_t>(std::max_element(x, x + units) - x);
}

void testMetrics(const Kernels& kernels, const Samples& samples) {
  const Panels panels(samples.count, kernels.panelWidth);
  const size_t units = samples.units;
  const auto metric = [&](Metric which, const Floats& predictions, const Floats& targets, float rest) {
    const Floats p = toPanels(panels, units, predictions, rest);
    const Floats y = toPanels(panels, units, targets, rest);
    return kernels.metricSum[static_cast<size_t>(which)](panels, units, p.data(), y.data(), nullptr);
  };
  // Rounded, so that some samples have more than one largest output.
  Floats predictions = samples.numbers;
  for (float& x : predictions) x = std::floor(x);
  double right = 0;
  for (size_t s = 0; s < samples.count; ++s) {
    const size_t first = s * units;
    if (largestOf(&predictions[first], units) == largestOf(&samples.labels[first], units)) ++right;
  }
  for (const float rest : {0.0F, 1.0F}) {
    CHECK(metric(Metric::argmaxAccuracy, predictions, samples.labels, rest) == right);
    const auto sameSide = [](double p, double y) { return (p > 0.5) == (y > 0.5) ? 1.0 : 0.0; };
    CHECK_NEAR(metric(Metric::thresholdAccuracy, samples.probabilities, samples.labels, rest),
               sumOf(samples.probabilities, samples.labels, units, true, sameSide), 1e-12);
    const auto distance = [](double p, double y) { return std::fabs(p - y); };
    CHECK_NEAR(metric(Metric::meanAbsoluteError, samples.numbers, samples.scores, rest),
               sumOf(samples.numbers, samples.scores, units, true, distance), 1e-7);
  }
}

/** A loss that is almost nothing still has its digits, and what went wrong is not hidden. */
void testExtremes(const Kernels& kernels) {
  const Panels one(1, kernels.panelWidth);
  const auto panel = [&one](const Floats& sample) { return toPanels(one, sample.size(), sample, 0); };
  for (const double margin : {14.0, 30.0, 60.0}) {
    const float m = static_cast<float>(margin);
    const double expected = std::log1p(2 * std::exp(-margin));
    const Floats scores = panel({0, m, 0});
    const Floats labels = panel({0, 1, 0});
    Floats a(scores.size());
    kernels.softmax(one, 3, scores.data(), a.data());
    const double fused = kernels.softmaxCrossEntropySum(one, 3, scores.data(), a.data(), labels.data(), nullptr);
    CHECK(std::fabs(fused - expected) <= 1e-6 * expected);
    for (const float sign : {1.0F, -1.0F}) {
      const Floats z = panel({sign * m});
      const Floats y = panel({sign > 0 ? 1.0F : 0.0F});
      const double loss = kernels.sigmoidBinaryCrossEntropySum(one, 1, z.data(), y.data(), nullptr);
      CHECK(std::fabs(loss - std::log1p(std::exp(-margin))) <= 1e-6 * loss);
    }
  }
  const float probability = 1e-9F;
  const double tiny =
      kernels.lossSum[indexOf(Loss::binaryCrossEntropy)](one, 1, panel({probability}).data(), panel({0}).data(),
                                                         nullptr);
  CHECK(std::fabs(tiny - 1e-9) <= 1e-15);
  // In float32 this square would be infinite.
  const double large =
      kernels.lossSum[indexOf(Loss::meanSquaredError)](one, 1, panel({1e30F}).data(), panel({0}).data(), nullptr);
  CHECK_NEAR(large / 1e60, 1, 1e-6);

  const float infinite = std::numeric_limits<float>::infinity();
  const float notANumber = std::numeric_limits<float>::quiet_NaN();
  for (const auto lossSum : kernels.lossSum) {
    CHECK(std::isnan(lossSum(one, 1, panel({notANumber}).data(), panel({1}).data(), nullptr)));
  }
  CHECK(std::isnan(
      kernels.sigmoidBinaryCrossEntropySum(one, 1, panel({notANumber}).data(), panel({1}).data(), nullptr)));
  for (const float wrong : {infinite, notANumber}) {
    const Floats scores = panel({0, wrong});
    Floats a(scores.size());
    kernels.softmax(one, 2, scores.data(), a.data());
    CHECK(!std::isfinite(kernels.softmaxCrossEntropySum(one, 2, scores.data(), a.data(), panel({1, 0}).data(),
                                                               nullptr)));
  }
}

}  // namespace

void testLosses() {
  const std::vector<const Kernels*> all = allKernels();
  for (const size_t count : {1, 3, 16, 33, 100}) {
    for (const size_t units : {1, 2, 3, 17}) {
      const Samples samples = makeSamples(count, units);
      std::vector<Doubles> fused;
      for (const Kernels* kernels : all) {
        Doubles sums;
        testLosses(*kernels, samples, sums);
        testSoftmax(*kernels, samples, sums);
        testMetrics(*kernels, samples);
        testWeighSamples(*kernels, samples);
        if (isFused(*kernels)) fused.push_back(sums);
      }
      for (size_t i = 1; i < fused.size(); ++i) CHECK(fused[i] == fused[0]);
    }
  }
  for (const Kernels* kernels : all) testExtremes(*kernels);
}
