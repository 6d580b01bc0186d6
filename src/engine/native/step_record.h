#pragma once

#include <cstddef>
#include <vector>

#include "kernels/kernels.h"

namespace lamina {

/**
 * What steps measure of each dense layer, in squares: square roots take a small network's step noticeably longer, and are
 * taken of many steps at a time.
 */
class StepRecord {
 public:
  StepRecord(const Kernels& kernels, size_t layers);

  /** ‖∂L/∂W[l]‖², ‖ΔW[l]‖² and, before the step, ‖W[l]‖² of the step being made. */
  double* gradients() noexcept { return gradients_.data() + kept_ * layers_; }
  double* changes() noexcept { return changes_.data() + kept_ * layers_; }
  double* weights() noexcept { return weights_.data() + kept_ * layers_; }
  /** The step is made. Without this call the next one takes its place. */
  void keep() noexcept { ++kept_; }
  bool isFull() const noexcept { return kept_ == capacity_; }

  /** Appends ‖∂L/∂W[l]‖ and ‖ΔW[l]‖ / ‖W[l]‖ of the steps kept, layer after layer and step after step, and forgets them. */
  void moveTo(std::vector<double>& gradientNorms, std::vector<double>& updateRatios);

 private:
  const Kernels& kernels_;
  size_t layers_;
  size_t capacity_;
  size_t kept_ = 0;
  std::vector<double> gradients_;
  std::vector<double> changes_;
  std::vector<double> weights_;
};

}  // namespace lamina
