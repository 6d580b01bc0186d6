/** Norms, optimizer steps, dropout masks and gathered samples of every instruction set. */
#include "../../../src/engine/native/kernels/kernels.h"

#include <algorithm>
#include <cmath>

#include "check.h"
#include "every_kernel.h"

using namespace lamina;

namespace {

struct Updated {
  Floats next;
  Floats state0;
  Floats state1;
  UpdateSums sums;

  bool operator==(const Updated& other) const {
    // Sums are added up in an order of each instruction set's own.
    return next == other.next && state0 == other.state0 && state1 == other.state1;
  }
};

/** @param penalised with a penalty and decay, from which biases are free */
UpdateStep makeStep(bool penalised) {
  UpdateStep step{};
  step.learningRate = 0.1F;
  step.gradientScale = 0.5F;
  step.l2 = penalised ? 0.01F : 0.0F;
  step.decay = penalised ? 0.02F : 0.0F;
  step.momentum = 0.9F;
  step.momentumComplement = 0.1F;
  step.correctedRate = 0.1F / 0.1F;
  step.secondMomentScale = 1 / std::sqrt(0.001F);
  return step;
}

/** One step of an optimizer against the formulas in float64 with fresh state. */
Updated testUpdate(const Kernels& kernels, size_t kind, size_t inputs, size_t units, bool penalised) {
  const size_t count = units * (inputs + 1);
  const Floats w = randomFloats(count, 4);
  const Floats gradient = randomFloats(count, 5);
  const UpdateStep step = makeStep(penalised);
  Updated result{gradient, Floats(count), Floats(count), {}};
  result.sums = kernels.update[kind](step, inputs, units, w.data(), result.next.data(), result.state0.data(),
                                     result.state1.data(), kernels.squaredNorm(count, gradient.data()));
  double change = 0;
  double weights = 0;
  for (size_t i = 0; i < count; ++i) {
    const double share = penalised && i % (inputs + 1) != inputs ? 1 : 0;
    const double g = 0.5 * gradient[i] + share * 0.01 * w[i];
    double expected = w[i];
    switch (static_cast<OptimizerKind>(kind)) {
      case OptimizerKind::sgd:
      case OptimizerKind::momentum: expected -= 0.1 * g; break;
      case OptimizerKind::nesterov: expected -= 0.1 * (g + 0.9 * g); break;
      case OptimizerKind::rmsprop: expected -= 0.1 * g / (std::sqrt(0.1 * g * g) + 1e-8); break;
      case OptimizerKind::adagrad: expected -= 0.1 * g / (std::fabs(g) + 1e-10); break;
      case OptimizerKind::adam: expected -= 0.1 * g / (std::fabs(g) + 1e-8); break;
      case OptimizerKind::adamw: expected -= share * 0.02 * w[i] + 0.1 * g / (std::fabs(g) + 1e-8); break;
    }
    CHECK_NEAR(result.next[i], expected, 1e-6);
    change += (expected - w[i]) * (expected - w[i]);
    weights += expected * expected;
  }
  CHECK(std::fabs(result.sums.change - change) <= 1e-6 * change);
  CHECK(std::fabs(result.sums.weights - weights) <= 1e-6 * weights);
  return result;
}

void testUpdates(const std::vector<const Kernels*>& all, size_t inputs, size_t units) {
  for (size_t kind = 0; kind < optimizerKindCount; ++kind) {
    for (const bool penalised : {false, true}) {
      std::vector<Updated> fused;
      for (const Kernels* kernels : all) {
        const Updated result = testUpdate(*kernels, kind, inputs, units, penalised);
        if (isFused(*kernels)) fused.push_back(result);
      }
      for (size_t i = 1; i < fused.size(); ++i) CHECK(fused[i] == fused[0]);
    }
  }
}

/** Two steps by rows, the second from the first one's state, are two steps of all rows. */
void testRows(const Kernels& kernels) {
  constexpr size_t inputs = 20;
  constexpr size_t units = 6;
  constexpr size_t half = units / 2 * (inputs + 1);
  const UpdateStep step = makeStep(true);
  const Floats gradient = randomFloats(2 * half, 8);
  for (const auto update : kernels.update) {
    Updated whole{{}, Floats(2 * half), Floats(2 * half), {}};
    Updated parts = whole;
    Floats w = randomFloats(2 * half, 9);
    for (int i = 0; i < 2; ++i) {
      whole.next = gradient;
      parts.next = gradient;
      update(step, inputs, units, w.data(), whole.next.data(), whole.state0.data(), whole.state1.data(), 0);
      for (const size_t first : {size_t{0}, half}) {
        update(step, inputs, units / 2, w.data() + first, parts.next.data() + first, parts.state0.data() + first,
               parts.state1.data() + first, 0);
      }
      CHECK(whole == parts);
      w = whole.next;
    }
  }
}

/** Changes whose squares are no float32, or too small to be seen in W, are measured all the same. */
void testChanges(const Kernels& kernels) {
  constexpr size_t inputs = 20;
  constexpr size_t count = 21;
  const UpdateStep step = makeStep(false);
  for (const float size : {1e-20F, 1e-15F, 1.0F, 1e15F, 1e25F}) {
    for (size_t kind = 0; kind < optimizerKindCount; ++kind) {
      Floats next(count, size);
      Floats state0(count);
      Floats state1(count);
      const Floats w(count, 1.0F);
      const double squares = static_cast<double>(size) * static_cast<double>(size) * count;
      const UpdateSums sums = kernels.update[kind](step, inputs, 1, w.data(), next.data(), state0.data(), state1.data(),
                                                   squares);
      const double g = 0.5 * static_cast<double>(size);
      double change = 0.1 * g;
      switch (static_cast<OptimizerKind>(kind)) {
        case OptimizerKind::sgd:
        case OptimizerKind::momentum: break;
        case OptimizerKind::nesterov: change *= 1.9; break;
        // Where g² is no float32 they differ: they compute with it.
        case OptimizerKind::rmsprop: change /= std::sqrt(0.1) * g + 1e-8; break;
        case OptimizerKind::adagrad: change /= g + 1e-10; break;
        case OptimizerKind::adam:
        case OptimizerKind::adamw: change /= g + 1e-8; break;
      }
      const bool normalises = kind >= static_cast<size_t>(OptimizerKind::rmsprop);
      if (normalises && (size < 1e-10F || size > 1e10F)) continue;
      CHECK_NEAR(std::sqrt(sums.change / count) / change, 1.0, 1e-5);
    }
  }
}

void testNorms(const Kernels& kernels) {
  const float infinite = std::numeric_limits<float>::infinity();
  const float notANumber = std::numeric_limits<float>::quiet_NaN();
  const UpdateStep step = makeStep(false);
  for (const size_t count : {1, 15, 16, 17, 300}) {
    // Squares that are no float32 any more, and one number that matters only where every one is looked at.
    for (const float size : {1e30F, 1e-30F}) {
      Floats x(count, size);
      const double square = static_cast<double>(size) * static_cast<double>(size);
      CHECK_NEAR(kernels.squaredNorm(count, x.data()) / square, static_cast<double>(count), 1e-12);
      Floats gradient(count);
      const UpdateSums sums = kernels.update[0](step, count - 1, 1, x.data(), gradient.data(), nullptr, nullptr, 0);
      CHECK_NEAR(sums.weights / square, static_cast<double>(count), 1e-12);
      CHECK(sums.change == 0);
      for (const float wrong : {infinite, notANumber}) {
        x.back() = wrong;
        CHECK(!std::isfinite(kernels.squaredNorm(count, x.data())));
        gradient.assign(count, 0);
        CHECK(!std::isfinite(
            kernels.update[0](step, count - 1, 1, x.data(), gradient.data(), nullptr, nullptr, 0).weights));
      }
    }
  }
}

/** Against the definition, word by word; the step has a high word. */
void testDropout(const Kernels& kernels, size_t width, size_t firstSample) {
  const DropoutDraw draw{12345, 3, 0x200000007, 0x40000000, 1 / 0.75F};
  constexpr size_t units = 5;
  Floats mask(units * width, -1.0F);
  kernels.dropoutMask(draw, firstSample, width, units, mask.data());
  size_t left = 0;
  for (size_t unit = 0; unit < units; ++unit) {
    for (size_t column = 0; column < width; ++column) {
      const size_t sample = firstSample + column;
      const Block words = philox4x32({static_cast<uint32_t>(sample / 4), static_cast<uint32_t>(unit),
                                      static_cast<uint32_t>(draw.step), static_cast<uint32_t>(draw.step >> 32)},
                                     {draw.seed, 2 + 256 * draw.ordinal});
      const bool out = words[sample % 4] < draw.threshold;
      CHECK(mask[unit * width + column] == (out ? 0.0F : draw.scale));
      left += out ? 1 : 0;
    }
  }
  if (width >= 32) CHECK(left > 0 && left < units * width);
}

void testMultiplyElements(const Kernels& kernels) {
  const Floats x = randomFloats(64, 10);
  const Floats mask = randomFloats(64, 11);
  Floats product = x;
  kernels.multiplyElements(64, product.data(), mask.data(), product.data(), false);
  Floats sum(64, 2.0F);
  kernels.multiplyElements(64, x.data(), mask.data(), sum.data(), true);
  for (size_t i = 0; i < 64; ++i) {
    CHECK(product[i] == x[i] * mask[i]);
    CHECK_NEAR(sum[i], 2 + static_cast<double>(x[i]) * static_cast<double>(mask[i]), 1e-7);
  }
}

/** Samples of a table, in its order or another one, beside each other; the last one fills the panel. */
void testGather(const Kernels& kernels, size_t units, size_t width) {
  constexpr uint32_t order[] = {7, 0, 12, 3, 3, 11, 5, 1, 9, 2, 10, 4, 8, 6, 12, 0};
  constexpr size_t tableSize = 13;
  const Floats table = randomFloats(tableSize * units, 12);
  for (const bool ordered : {false, true}) {
    for (size_t columns = 1; columns <= std::min(width, ordered ? size_t{16} : tableSize); ++columns) {
      Guarded panel(units * width, -2.0F);
      kernels.gatherPanel(units, width, columns, table.data(), ordered ? order : nullptr, panel.data());
      for (size_t column = 0; column < width; ++column) {
        const size_t place = std::min(column, columns - 1);
        const size_t sample = ordered ? order[place] : place;
        for (size_t unit = 0; unit < units; ++unit) {
          CHECK(panel.data()[unit * width + column] == table[sample * units + unit]);
        }
      }
    }
  }
}

}  // namespace

void testKernels() {
  CHECK_THROWS(chooseKernels("mmx"), ErrorCode::invalidArgument);
  const std::vector<const Kernels*> all = allKernels();
  for (const size_t inputs : {1, 4, 7, 15, 16, 31, 300}) {
    for (const size_t units : {1, 5, 16}) testUpdates(all, inputs, units);
  }
  for (const Kernels* kernels : all) {
    testRows(*kernels);
    testChanges(*kernels);
    testNorms(*kernels);
    for (const size_t width : {4, 12, 16, 32, 64}) {
      testDropout(*kernels, width, 0);
      testDropout(*kernels, width, 4 * width);
    }
    testMultiplyElements(*kernels);
    for (const size_t units : {1, 3, 4, 5, 8, 15, 16, 17, 33}) {
      for (const size_t width : {kernels->lanes, kernels->panelWidth}) testGather(*kernels, units, width);
    }
  }
}
