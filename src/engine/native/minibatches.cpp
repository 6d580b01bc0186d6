#include "minibatches.h"

#include <algorithm>

#include "random.h"

namespace lamina {

Minibatches::Minibatches(const Samples& samples, size_t inputs, size_t outputs, size_t batchSize, bool shuffle,
                         uint32_t seed)
    : all_(samples.view()),
      inputs_(inputs),
      outputs_(outputs),
      batchSize_(batchSize),
      shuffle_(shuffle),
      seed_(seed),
      order_(shuffle ? samples.count() : 0) {}

size_t Minibatches::bytes(size_t count, bool shuffle) {
  return shuffle ? checkedMultiply(count, sizeof(uint32_t)) : 0;
}

void Minibatches::startEpoch(uint64_t epoch, size_t done) noexcept {
  position_ = done * batchSize_;
  if (shuffle_) shuffleEpoch(order_, seed_, epoch);
}

SampleView Minibatches::current() const noexcept {
  const size_t count = std::min(batchSize_, all_.count - position_);
  if (shuffle_) return {count, all_.features, all_.targets, order_.data() + position_, all_.weights};
  return all_.from(position_, count, inputs_, outputs_);
}

bool Minibatches::advance() noexcept {
  position_ += std::min(batchSize_, all_.count - position_);
  return position_ == all_.count;
}

}  // namespace lamina
