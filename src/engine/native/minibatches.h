#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "samples.h"

namespace lamina {

/** The minibatches of one epoch after the other. They hold no samples, only where in the table theirs are. */
class Minibatches {
 public:
  /** @param samples must outlive this */
  Minibatches(const Samples& samples, size_t inputs, size_t outputs, size_t batchSize, bool shuffle, uint32_t seed);
  /** Bytes of the order. */
  static size_t bytes(size_t count, bool shuffle);

  /**
   * @param epoch counted from 0
   * @param done minibatches of it that are behind already, fewer than all
   */
  void startEpoch(uint64_t epoch, size_t done = 0) noexcept;
  /** The minibatch at hand; valid until the next call of any of these. Never empty after `startEpoch`. */
  SampleView current() const noexcept;
  /** @returns whether that was the epoch's last */
  bool advance() noexcept;

 private:
  SampleView all_;
  size_t inputs_;
  size_t outputs_;
  size_t batchSize_;
  bool shuffle_;
  uint32_t seed_;
  size_t position_ = 0;
  /** Empty when not shuffling. */
  std::vector<uint32_t> order_;
};

}  // namespace lamina
