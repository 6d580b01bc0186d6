#pragma once

#include <cstddef>
#include <vector>

#include "kernels/kernels.h"
#include "memory.h"

namespace lamina {

class Plan;

/**
 * What a pass is for, which decides the buffers it needs. `evaluation` keeps X, Ŷ and what the loss is computed from;
 * `training` all values and the gradients that weights learn from; `trace` all of both, each in its own place.
 */
enum class PassUse { evaluation, training, trace };

/** The buffers of one pass of up to `capacity` samples through a plan, in panels. */
class Pass {
 public:
  /** @param threads that will compute it, at most */
  Pass(const Plan& plan, size_t capacity, PassUse use, size_t threads);
  /** @throws Error `invalidDesign` where the size cannot be addressed */
  static Layout layout(const Plan& plan, size_t capacity, PassUse use, size_t threads);

  size_t capacity() const noexcept { return capacity_; }
  PassUse use() const noexcept { return use_; }
  /** See `Plan::worthSharing`. */
  double worthSharing() const noexcept { return worthSharing_; }
  /** How so many samples lie in the buffers. */
  Panels panels(size_t samples) const noexcept { return Panels(samples, width_); }
  /** Value 0 is X; operation i makes value i + 1. */
  float* value(size_t index) const noexcept { return values_[index]; }
  /** ∂L/∂(value index), index > 0; null where none is computed. */
  float* gradient(size_t index) const noexcept { return gradients_[index]; }
  /** What a dropout operation that makes the value multiplied with. */
  float* mask(size_t index) const noexcept { return masks_[index]; }
  /** Y */
  float* targets() const noexcept { return targets_; }
  /** w_i of each sample, 1 × b; filled only where the samples taken in have weights. */
  float* weights() const noexcept { return weights_; }
  /** A value's transposed copy, made along with it for the weight gradient that reads it; null where that makes one. */
  float* transposed(size_t index) const noexcept { return transposed_[index]; }
  /** For a product to work with. */
  float* packed() const noexcept { return packed_; }
  float* scratch(size_t thread) const noexcept { return scratch_ + thread * scratchStride_; }

  /** Writes a value or a gradient of this pass as samples one after the other. @param panels units × b */
  void copySamples(const float* panels, size_t units, size_t samples, float* out) const noexcept;

 private:
  /** Where each buffer begins in the arena. */
  struct Offsets;
  struct EvaluationPlaces;
  static EvaluationPlaces placesOf(const Plan& plan);
  static Offsets arrange(const Plan& plan, size_t capacity, PassUse use, size_t threads);
  Pass(const Offsets& offsets, size_t capacity, PassUse use);

  Arena arena_;
  size_t capacity_;
  PassUse use_;
  double worthSharing_;
  size_t width_;
  std::vector<float*> values_;
  std::vector<float*> gradients_;
  std::vector<float*> masks_;
  std::vector<float*> transposed_;
  float* targets_;
  float* weights_;
  float* packed_;
  float* scratch_;
  size_t scratchStride_;
};

}  // namespace lamina
