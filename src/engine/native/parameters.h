#pragma once

#include <cstddef>
#include <vector>

#include "functions.h"
#include "kernels/parts.h"
#include "memory.h"

namespace lamina {

/** A dense operation's place among the layers that carry weights. */
struct Layer {
  /** n[l−1] */
  size_t inputs;
  /** n[l] */
  size_t units;
  Initializer initializer;
  /** n[l] · (n[l−1] + 1) */
  size_t weights;
  /**
   * Rows of W that are worked on together. Sums over a layer are those of its blocks added up in their order, so that
   * blocks, which depend on nothing but the shape, keep them the same for every number of threads.
   */
  Parts blocks;
  /** Blocks of the layers before this one. */
  size_t firstBlock;

  /** Rows of block `index`, and numbers before it. */
  size_t firstUnit(size_t index) const noexcept { return blocks.start(index); }
  size_t lastUnit(size_t index) const noexcept { return blocks.start(index) + blocks.size(index); }
  size_t offset(size_t index) const noexcept { return blocks.start(index) * (inputs + 1); }
  size_t blockWeights(size_t index) const noexcept { return blocks.size(index) * (inputs + 1); }
};

/**
 * What a network learns and what learning needs, one entry per dense layer. W_B, ∂L/∂W and the optimizer's state are
 * n[l] × (n[l−1] + 1), row-major, the bias last.
 */
class Parameters {
 public:
  /** @param states arrays of optimizer state per layer, at most 2 */
  Parameters(const std::vector<Layer>& layers, size_t states);
  /** @throws Error `invalidDesign` where the size cannot be addressed */
  static Layout layout(const std::vector<Layer>& layers, size_t states);

  struct Entry {
    float* weights = nullptr;
    /** ∂L/∂W after a backward pass; an optimizer step turns it into the next W. */
    float* gradient = nullptr;
    /** Null where the optimizer keeps less. */
    float* state[2] = {nullptr, nullptr};
  };
  std::vector<Entry> layers;
  /** Makes the next W, which the optimizer left where the gradients were, the current one. */
  void adoptNext() noexcept;

 private:
  Arena arena_;
};

}  // namespace lamina
