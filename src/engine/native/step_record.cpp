#include "step_record.h"

#include <algorithm>

namespace lamina {
namespace {

/** Numbers that stay in a cache of the first level beside a small network's step, per list. */
constexpr size_t numbersKept = 256;

}  // namespace

StepRecord::StepRecord(const Kernels& kernels, size_t layers)
    : kernels_(kernels),
      layers_(layers),
      capacity_(std::max<size_t>(1, numbersKept / std::max<size_t>(1, layers))),
      gradients_(capacity_ * layers),
      changes_(capacity_ * layers),
      weights_(capacity_ * layers) {}

void StepRecord::moveTo(std::vector<double>& gradientNorms, std::vector<double>& updateRatios) {
  const size_t first = gradientNorms.size();
  const size_t count = kept_ * layers_;
  gradientNorms.resize(first + count);
  updateRatios.resize(first + count);
  kernels_.squareRoots(count, gradients_.data(), nullptr, gradientNorms.data() + first);
  kernels_.squareRoots(count, changes_.data(), weights_.data(), updateRatios.data() + first);
  kept_ = 0;
}

}  // namespace lamina
