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
};

/** Samples of its own. */
class Samples {
 public:
  Samples(size_t count, size_t inputs, size_t outputs);
  /** @throws Error `invalidDesign` where the size cannot be addressed */
  static Layout layout(size_t count, size_t inputs, size_t outputs);

  /** To be filled by whoever made it. */
  float* features() const noexcept { return arena_.at(0); }
  float* targets() const noexcept { return arena_.at(targets_); }
  size_t count() const noexcept { return count_; }
  SampleView view() const noexcept { return {count_, features(), targets(), nullptr}; }

 private:
  size_t count_;
  size_t targets_;
  Arena arena_;
};

}  // namespace lamina
