#pragma once

#include <cstddef>
#include <cstdint>

#include "memory.h"

namespace lamina {

/** Samples one after the other: feature k of sample i is `features[i * inputs + k]`, targets likewise. */
struct SampleView {
  size_t count = 0;
  const float* features = nullptr;
  const float* targets = nullptr;
  /** The numbers of the samples to take, or null for the first `count` ones. */
  const uint32_t* order = nullptr;
  /** w_i, what each sample's loss counts; null where all count 1. */
  const float* weights = nullptr;

  /** `amount` samples from `first` on of those without an order, whose features and targets are so many numbers each. */
  SampleView from(size_t first, size_t amount, size_t inputs, size_t outputs) const noexcept {
    return {amount, features + first * inputs, targets + first * outputs, nullptr,
            weights == nullptr ? nullptr : weights + first};
  }
};

/** Samples of its own. */
class Samples {
 public:
  /** @param weighted whether the samples have weights */
  Samples(size_t count, size_t inputs, size_t outputs, bool weighted);
  /** @throws Error `invalidDesign` where the size cannot be addressed */
  static Layout layout(size_t count, size_t inputs, size_t outputs, bool weighted);

  /** To be filled by whoever made it. */
  float* features() const noexcept { return arena_.at(0); }
  float* targets() const noexcept { return arena_.at(targets_); }
  /** Null where all samples count the same. */
  float* weights() const noexcept { return weighted_ ? arena_.at(weights_) : nullptr; }
  size_t count() const noexcept { return count_; }
  SampleView view() const noexcept { return {count_, features(), targets(), nullptr, weights()}; }

 private:
  size_t count_;
  bool weighted_;
  size_t targets_ = 0;
  size_t weights_ = 0;
  Arena arena_;
};

}  // namespace lamina
