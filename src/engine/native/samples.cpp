#include "samples.h"

namespace lamina {

Layout Samples::layout(size_t count, size_t inputs, size_t outputs, bool weighted) {
  Layout buffers;
  buffers.add(checkedMultiply(count, inputs));
  buffers.add(checkedMultiply(count, outputs));
  if (weighted) buffers.add(count);
  return buffers;
}

Samples::Samples(size_t count, size_t inputs, size_t outputs, bool weighted)
    : count_(count), weighted_(weighted), arena_(layout(count, inputs, outputs, weighted)) {
  Layout buffers;
  buffers.add(count * inputs);
  targets_ = buffers.add(count * outputs);
  if (weighted) weights_ = buffers.add(count);
}

}  // namespace lamina
