#include "minibatches.h"

#include <algorithm>

#include "random.h"

namespace lamina {

Layout Samples::layout(size_t count, size_t inputs, size_t outputs) {
  Layout buffers;
  buffers.add(checkedMultiply(count, inputs));
  buffers.add(checkedMultiply(count, outputs));
  return buffers;
}

Samples::Samples(size_t count, size_t inputs, size_t outputs)
    : count_(count), targets_(0), arena_(layout(count, inputs, outputs)) {
  Layout buffers;
  buffers.add(count * inputs);
  targets_ = buffers.add(count * outputs);
}

Minibatches::Minibatches(const Samples& samples, size_t inputs, size_t outputs, size_t batchSize, bool shuffle,
                         uint32_t seed, const Kernels& kernels)
    : all_(samples.view()),
      inputs_(inputs),
      outputs_(outputs),
      batchSize_(batchSize),
      shuffle_(shuffle),
      seed_(seed),
      kernels_(kernels),
      order_(shuffle ? samples.count() : 0),
      gathered_(shuffle ? std::min(batchSize, samples.count()) : 0, inputs, outputs) {}

size_t Minibatches::bytes(size_t count, size_t inputs, size_t outputs, size_t batchSize, bool shuffle) {
  if (!shuffle) return 0;
  const size_t order = checkedMultiply(count, sizeof(uint32_t));
  return checkedAdd(order, Samples::layout(std::min(batchSize, count), inputs, outputs).bytes());
}

void Minibatches::startEpoch(uint64_t epoch) noexcept {
  position_ = 0;
  if (shuffle_) shuffleEpoch(order_, seed_, epoch);
}

SampleView Minibatches::current() noexcept {
  const size_t rows = std::min(batchSize_, all_.count - position_);
  if (!shuffle_) return {rows, all_.features + position_ * inputs_, all_.targets + position_ * outputs_};
  kernels_.gatherRows(rows, inputs_, all_.features, order_.data() + position_, gathered_.features());
  kernels_.gatherRows(rows, outputs_, all_.targets, order_.data() + position_, gathered_.targets());
  return {rows, gathered_.features(), gathered_.targets()};
}

bool Minibatches::advance() noexcept {
  position_ += std::min(batchSize_, all_.count - position_);
  return position_ == all_.count;
}

}  // namespace lamina
