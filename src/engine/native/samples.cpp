#include "samples.h"

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

}  // namespace lamina
