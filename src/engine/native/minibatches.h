#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "memory.h"

namespace lamina {

/** Samples one after the other: feature k of sample i is `features[i * inputs + k]`, targets likewise. */
struct SampleView {
  size_t count = 0;
  const float* features = nullptr;
  const float* targets = nullptr;
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
  SampleView view() const noexcept { return {count_, features(), targets()}; }

 private:
  size_t count_;
  size_t targets_;
  Arena arena_;
};

/** The minibatches of one epoch after the other: shuffled ones are gathered into a buffer, others used where they lie. */
class Minibatches {
 public:
  /** @param samples must outlive this, as must `kernels` */
  Minibatches(const Samples& samples, size_t inputs, size_t outputs, size_t batchSize, bool shuffle, uint32_t seed,
              const Kernels& kernels);
  /** Bytes of gathering buffers and of the order. */
  static size_t bytes(size_t count, size_t inputs, size_t outputs, size_t batchSize, bool shuffle);

  /** @param epoch counted from 0 */
  void startEpoch(uint64_t epoch) noexcept;
  /** The minibatch at hand; valid until the next call of any of these. Never empty after `startEpoch`. */
  SampleView current() noexcept;
  /** @returns whether that was the epoch's last */
  bool advance() noexcept;

 private:
  SampleView all_;
  size_t inputs_;
  size_t outputs_;
  size_t batchSize_;
  bool shuffle_;
  uint32_t seed_;
  const Kernels& kernels_;
  size_t position_ = 0;
  /** Empty when not shuffling. */
  std::vector<uint32_t> order_;
  Samples gathered_;
};

}  // namespace lamina
