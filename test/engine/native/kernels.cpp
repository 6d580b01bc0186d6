#include "../../../src/engine/native/kernels/kernels.h"

#include <cstring>
#include <limits>
#include <vector>

#include "../../../src/engine/native/error.h"
#include "../../../src/engine/native/kernels/choose.h"
#include "../../../src/engine/native/random.h"
#include "check.h"

using namespace lamina;

namespace {

using Floats = std::vector<float>;

/** Of exactly the size asked for, so that a sanitizer sees every step beyond it. */
Floats randomFloats(size_t count, uint32_t seed) {
  RandomWords words(seed, Stream::dropout, 0, 0);
  Floats result(count);
  for (float& x : result) x = static_cast<float>(words.next() * 0x1p-31 - 1);
  return result;
}

std::vector<const Kernels*> allKernels() {
  std::vector<const Kernels*> all;
  for (const char* name : {"portable", "avx2", "avx512"}) {
    try {
      all.push_back(&chooseKernels(name));
    } catch (const Error&) {
      std::printf("skipped on this machine: %s\n", name);
    }
  }
  return all;
}

struct Products {
  Floats z;
  Floats dw;
  Floats g;
};

/** All three products of a dense layer; G starts from ones and is added to. */
Products productsOf(const Kernels& kernels, size_t rows, size_t inputs, size_t units, const Floats& w, const Floats& a,
                    const Floats& e) {
  Products result{Floats(rows * units), Floats(units * (inputs + 1)), Floats(rows * inputs, 1.0F)};
  Floats scratch(kernels.denseScratch(rows, inputs, units), std::numeric_limits<float>::quiet_NaN());
  kernels.denseForward(rows, inputs, units, w.data(), a.data(), result.z.data(), scratch.data());
  kernels.denseWeightGradient(rows, inputs, units, e.data(), a.data(), result.dw.data(), scratch.data());
  kernels.denseInputGradient(rows, inputs, units, w.data(), e.data(), result.g.data(), true, scratch.data());
  Floats written(rows * inputs, std::numeric_limits<float>::quiet_NaN());
  kernels.denseInputGradient(rows, inputs, units, w.data(), e.data(), written.data(), false, scratch.data());
  for (size_t i = 0; i < written.size(); ++i) CHECK_NEAR(written[i] + 1, result.g[i], 1e-5);
  return result;
}

void testProducts(const std::vector<const Kernels*>& all, size_t rows, size_t inputs, size_t units) {
  const size_t stride = inputs + 1;
  const Floats w = randomFloats(units * stride, 1);
  const Floats a = randomFloats(rows * inputs, 2);
  const Floats e = randomFloats(rows * units, 3);
  std::vector<double> z(rows * units);
  std::vector<double> dw(units * stride);
  std::vector<double> g(rows * inputs, 1.0);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t u = 0; u < units; ++u) {
      const double error = e[r * units + u];
      double sum = w[u * stride + inputs];
      for (size_t k = 0; k < inputs; ++k) {
        sum += static_cast<double>(w[u * stride + k]) * a[r * inputs + k];
        dw[u * stride + k] += error * a[r * inputs + k];
        g[r * inputs + k] += error * w[u * stride + k];
      }
      z[r * units + u] = sum;
      dw[u * stride + inputs] += error;
    }
  }
  std::vector<Products> found;
  for (const Kernels* kernels : all) {
    found.push_back(productsOf(*kernels, rows, inputs, units, w, a, e));
    const Products& products = found.back();
    for (size_t i = 0; i < z.size(); ++i) CHECK_NEAR(products.z[i], z[i], 1e-5 * std::sqrt(inputs));
    for (size_t i = 0; i < dw.size(); ++i) CHECK_NEAR(products.dw[i], dw[i], 1e-5 * std::sqrt(rows));
    for (size_t i = 0; i < g.size(); ++i) CHECK_NEAR(products.g[i], g[i], 1e-5 * std::sqrt(units));
  }
  // Instruction sets with fused multiplication differ in width only, which must not change one bit.
  for (size_t i = 1; i + 1 < found.size(); ++i) {
    CHECK(found[i].z == found[i + 1].z);
    CHECK(found[i].dw == found[i + 1].dw);
    CHECK(found[i].g == found[i + 1].g);
  }
}

/** One step of every optimizer, with penalty and decay, against the formulas in float64 with fresh state. */
void testUpdates(const Kernels& kernels, size_t inputs, size_t units) {
  const size_t count = units * (inputs + 1);
  const Floats w = randomFloats(count, 4);
  const Floats gradient = randomFloats(count, 5);
  UpdateStep step{};
  step.learningRate = 0.1F;
  step.gradientScale = 0.5F;
  step.l2 = 0.01F;
  step.decay = 0.02F;
  step.momentum = 0.9F;
  step.momentumComplement = 0.1F;
  step.correctedRate = 0.1F / 0.1F;
  step.secondMomentScale = 1 / std::sqrt(0.001F);
  for (size_t kind = 0; kind < optimizerKindCount; ++kind) {
    Floats next = gradient;
    Floats state0(count);
    Floats state1(count);
    const UpdateSums sums =
        kernels.update[kind](step, inputs, units, w.data(), next.data(), state0.data(), state1.data());
    double change = 0;
    double weights = 0;
    for (size_t i = 0; i < count; ++i) {
      const bool bias = i % (inputs + 1) == inputs;
      const double g = 0.5 * gradient[i] + (bias ? 0 : 0.01 * w[i]);
      double expected = w[i];
      switch (static_cast<OptimizerKind>(kind)) {
        case OptimizerKind::sgd:
        case OptimizerKind::momentum: expected -= 0.1 * g; break;
        case OptimizerKind::nesterov: expected -= 0.1 * (g + 0.9 * g); break;
        case OptimizerKind::rmsprop: expected -= 0.1 * g / (std::sqrt(0.1 * g * g) + 1e-8); break;
        case OptimizerKind::adagrad: expected -= 0.1 * g / (std::fabs(g) + 1e-10); break;
        case OptimizerKind::adam: expected -= 0.1 * g / (std::fabs(g) + 1e-8); break;
        case OptimizerKind::adamw: expected -= (bias ? 0 : 0.02 * w[i]) + 0.1 * g / (std::fabs(g) + 1e-8); break;
      }
      CHECK_NEAR(next[i], expected, 1e-5);
      change += (expected - w[i]) * (expected - w[i]);
      weights += expected * expected;
    }
    CHECK_NEAR(sums.change, change, 1e-4);
    CHECK_NEAR(sums.weights, weights, 1e-4);
  }
}

void testFinite(const Kernels& kernels) {
  for (const size_t count : {1, 15, 16, 17, 300}) {
    Floats x(count, 1e30F);
    CHECK_NEAR(kernels.squaredNorm(count, x.data()) / 1e60, static_cast<double>(count), 1e-6);
    x.back() = std::numeric_limits<float>::infinity();
    CHECK(!std::isfinite(kernels.squaredNorm(count, x.data())));
  }
  // A NaN must pass through every activation, or training would go on with what it hides.
  for (const auto activate : kernels.activate) {
    const float z[3] = {1.0F, std::numeric_limits<float>::quiet_NaN(), -1.0F};
    float a[3];
    activate(1, 3, z, a);
    CHECK(std::isnan(a[1]));
  }
}

}  // namespace

void testKernels() {
  CHECK_THROWS(chooseKernels("mmx"), ErrorCode::invalidArgument);
  const std::vector<const Kernels*> all = allKernels();
  for (const size_t rows : {1, 2, 4, 5, 7, 8, 13, 33, 100}) {
    for (const size_t inputs : {1, 3, 16, 31, 65}) {
      for (const size_t units : {1, 3, 16, 17, 40}) testProducts(all, rows, inputs, units);
    }
  }
  // Beyond the blocks of depth, columns and rows that are packed at a time.
  testProducts(all, 5, 700, 530);
  testProducts(all, 300, 40, 600);
  testProducts(all, 97, 520, 270);
  testProducts(all, 3, 600, 260);
  for (const Kernels* kernels : all) {
    for (const size_t inputs : {1, 7, 16, 300}) {
      for (const size_t units : {1, 5}) testUpdates(*kernels, inputs, units);
    }
    testFinite(*kernels);
  }
}
