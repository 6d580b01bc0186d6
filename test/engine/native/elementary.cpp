/**
 * Elementary functions and activations against those of the C library in float64. Errors are in units in the last place
 * of the true value as a float32, which for results below the normal numbers is 2⁻¹⁴⁹.
 */
#include <algorithm>
#include <cmath>
#include <cstring>

#include "../../../src/engine/native/kernels/vector_portable.h"
// After the vectors it is made for.
#include "../../../src/engine/native/kernels/elementary.h"
#include "check.h"
#include "every_kernel.h"

using lamina::ActivationFunction;
using lamina::activationCount;
using lamina::Kernels;

namespace {

constexpr float infinite = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr double smallestNormal = std::numeric_limits<float>::min();
/** Steps between neighbouring floats of a sweep: prime, so that last bits vary. */
constexpr uint32_t sweepStep = 40009;

float fromWord(uint32_t word) {
  float x;
  std::memcpy(&x, &word, sizeof x);
  return x;
}

/** Floats of all magnitudes and both signs within [low, high], the ends and zeros among them. */
Floats sweep(float low, float high) {
  Floats result;
  for (uint64_t word = 0; word <= UINT32_MAX; word += sweepStep) {
    const float x = fromWord(static_cast<uint32_t>(word));
    if (x >= low && x <= high) result.push_back(x);
  }
  // Magnitudes are spread evenly above; numbers of about one, where scores are, once more.
  for (int i = -8000; i <= 8000; ++i) {
    const float x = static_cast<float>(i) * 0.0123456F;
    if (x >= low && x <= high) result.push_back(x);
  }
  for (const float x : {low, high, -0.0F}) result.push_back(x);
  while (result.size() % 16 != 0) result.push_back(high);
  return result;
}

double ulps(float found, double expected) {
  int exponent;
  std::frexp(expected, &exponent);
  return std::fabs(static_cast<double>(found) - expected) / std::ldexp(1, std::max(exponent - 24, -149));
}

/** @param normalBound largest error of results that are normal numbers @param otherBound of smaller ones */
void checkValues(const char* name, const Floats& x, const Floats& found, double (*expected)(double),
                 double normalBound, double otherBound) {
  for (size_t i = 0; i < x.size(); ++i) {
    const double value = expected(static_cast<double>(x[i]));
    if (!std::isfinite(static_cast<float>(value))) {
      CHECK(found[i] == static_cast<float>(value) || (std::isnan(found[i]) && std::isnan(value)));
      continue;
    }
    const double error = ulps(found[i], value);
    const double bound = std::fabs(value) < smallestNormal ? otherBound : normalBound;
    if (!(error <= bound)) std::fprintf(stderr, "%s(%.9g) is %.9g\n", name, x[i], found[i]);
    CHECK(error <= bound);
  }
}

using Function = Vector (*)(Vector);

Floats valuesOf(Function function, const Floats& x) {
  Floats result(x.size());
  for (size_t i = 0; i < x.size(); i += lanes) store(result.data() + i, function(load(x.data() + i)));
  return result;
}

void testFunction(const char* name, Function function, double (*expected)(double), float low, float high,
                  double normalBound) {
  const Floats x = sweep(low, high);
  checkValues(name, x, valuesOf(function, x), expected, normalBound, 2);
  CHECK(std::isnan(valuesOf(function, Floats(lanes, notANumber))[0]));
}

void testElementaryFunctions() {
  const Function exponentialOf = [](Vector x) { return exponential(x); };
  testFunction("exp", exponentialOf, [](double x) { return std::exp(x); }, -infinite, infinite, 1.1);
  testFunction("expm1", exponentialMinusOne, [](double x) { return std::expm1(x); }, -infinite, infinite, 2);
  testFunction("log", logarithm, [](double x) { return std::log(x); }, -infinite, infinite, 1.1);
  testFunction("log1p", logarithmOfOnePlus, [](double x) { return std::log1p(x); }, fromWord(0xbf7fffff), 0x1p126F, 2);
  testFunction("logistic", logistic, [](double x) { return 1 / (1 + std::exp(-x)); }, -88, infinite, 3);
  testFunction("tanh", hyperbolicTangent, [](double x) { return std::tanh(x); }, -infinite, infinite, 3);
  testFunction("Φ", [](Vector x) { return normalDistribution(x).probability; },
               [](double x) { return 0.5 * std::erfc(-x * std::sqrt(0.5)); }, -16, infinite, 5);
  testFunction("φ", [](Vector x) { return normalDistribution(x).density; },
               [](double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * std::acos(-1.0)); }, -16, 16, 2.5);
}

struct ActivationCase {
  const char* name;
  ActivationFunction function;
  double (*value)(double);
  double (*derivative)(double);
  /** In ulps. Derivatives are sums that may cancel: theirs are relative to 1 + |g′|. */
  double valueBound;
};

double sigma(double z) { return 1 / (1 + std::exp(-z)); }
double normal(double z) { return 0.5 * std::erfc(-z * std::sqrt(0.5)); }
constexpr double scaleOfSelu = 1.0507009873554805;
constexpr double alphaOfSelu = 1.6732632423543772;

constexpr ActivationCase activationCases[] = {
    {"identity", ActivationFunction::identity, [](double z) { return z; }, [](double) { return 1.0; }, 0},
    {"relu", ActivationFunction::relu, [](double z) { return z > 0 ? z : 0; },
     [](double z) { return z > 0 ? 1.0 : 0.0; }, 0},
    {"leakyRelu", ActivationFunction::leakyRelu, [](double z) { return z > 0 ? z : 0.01 * z; },
     [](double z) { return z > 0 ? 1.0 : 0.01; }, 1.5},
    {"elu", ActivationFunction::elu, [](double z) { return z > 0 ? z : std::expm1(z); },
     [](double z) { return z > 0 ? 1.0 : std::exp(z); }, 2},
    {"selu", ActivationFunction::selu,
     [](double z) { return scaleOfSelu * (z > 0 ? z : alphaOfSelu * std::expm1(z)); },
     [](double z) { return scaleOfSelu * (z > 0 ? 1.0 : alphaOfSelu * std::exp(z)); }, 3},
    {"gelu", ActivationFunction::gelu, [](double z) { return z * normal(z); },
     [](double z) { return normal(z) + z * std::exp(-0.5 * z * z) / std::sqrt(2 * std::acos(-1.0)); }, 6},
    {"silu", ActivationFunction::silu, [](double z) { return z * sigma(z); },
     [](double z) { return sigma(z) * (1 + z * (1 - sigma(z))); }, 3.5},
    {"sigmoid", ActivationFunction::sigmoid, sigma, [](double z) { return sigma(z) * sigma(-z); }, 3},
    {"tanh", ActivationFunction::tanh, [](double z) { return std::tanh(z); },
     [](double z) { return 1 - std::tanh(z) * std::tanh(z); }, 3},
    {"softplus", ActivationFunction::softplus,
     [](double z) { return (z > 0 ? z : 0) + std::log1p(std::exp(-std::fabs(z))); }, sigma, 2}};

void testActivation(const std::vector<const Kernels*>& all, const ActivationCase& item) {
  const size_t index = static_cast<size_t>(item.function);
  // From −12.9 on GELU's Φ is no normal number any more and has fewer digits.
  const Floats z = sweep(-12.9F, 1e30F);
  const Floats g = randomFloats(z.size(), 6);
  const Floats before = randomFloats(z.size(), 7);
  std::vector<Floats> found;
  for (const Kernels* kernels : all) {
    Floats a(z.size());
    kernels->activate[index](z.size(), z.data(), a.data());
    checkValues(item.name, z, a, item.value, item.valueBound, 8);
    // In place, as the plan may have it.
    Floats e = g;
    kernels->activateBackward[index](z.size(), z.data(), a.data(), e.data(), e.data(), false);
    Floats sum = before;
    kernels->activateBackward[index](z.size(), z.data(), a.data(), g.data(), sum.data(), true);
    for (size_t i = 0; i < z.size(); ++i) {
      const double expected = static_cast<double>(g[i]) * item.derivative(static_cast<double>(z[i]));
      CHECK_NEAR(e[i], expected, 1e-6);
      CHECK_NEAR(sum[i], expected + static_cast<double>(before[i]), 1e-6);
    }
    if (isFused(*kernels)) found.insert(found.end(), {a, e, sum});
  }
  for (size_t i = 3; i < found.size(); ++i) CHECK(found[i] == found[i - 3]);
}

void testSpecialScores(const Kernels& kernels) {
  for (const auto activate : kernels.activate) {
    if (activate == nullptr) continue;
    // A NaN must pass through every activation, or training would go on with what it hides.
    Floats z(16, 1.0F);
    z[5] = notANumber;
    Floats a(16);
    activate(16, z.data(), a.data());
    CHECK(std::isnan(a[5]));
    CHECK(std::isfinite(a[4]) && std::isfinite(a[6]));
  }
  const auto valueAt = [&kernels](ActivationFunction function, float z) {
    const Floats scores(16, z);
    Floats a(16);
    kernels.activate[static_cast<size_t>(function)](16, scores.data(), a.data());
    return a[3];
  };
  CHECK(!std::signbit(valueAt(ActivationFunction::relu, -0.0F)));
  CHECK(valueAt(ActivationFunction::elu, -infinite) == -1);
  CHECK(valueAt(ActivationFunction::tanh, -infinite) == -1);
  CHECK(valueAt(ActivationFunction::sigmoid, -infinite) == 0);
  CHECK(valueAt(ActivationFunction::sigmoid, infinite) == 1);
  CHECK(valueAt(ActivationFunction::softplus, -infinite) == 0);
  CHECK(valueAt(ActivationFunction::softplus, infinite) == infinite);
  CHECK(valueAt(ActivationFunction::gelu, infinite) == infinite);
  CHECK(valueAt(ActivationFunction::silu, infinite) == infinite);
}

}  // namespace

void testElementary() {
  static_assert(sizeof activationCases / sizeof *activationCases + 1 == activationCount, "all but softmax");
  testElementaryFunctions();
  const std::vector<const Kernels*> all = allKernels();
  for (const ActivationCase& item : activationCases) testActivation(all, item);
  for (const Kernels* kernels : all) testSpecialScores(*kernels);
}
