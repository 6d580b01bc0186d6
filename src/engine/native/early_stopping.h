#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "memory.h"
#include "plan.h"

namespace lamina {

struct EarlyStoppingSettings {
  /** Epochs in a row without a better loss after which training stops, at least 1. */
  uint64_t patience = 1;
  /** How much smaller than the best a loss must be to be better. */
  double minimumImprovement = 0;
};

/** What early stopping remembers of the epochs, but for the weights: plain data, copied to save and restore it. */
struct EarlyStoppingState {
  double best = std::numeric_limits<double>::infinity();
  /** Counted from 1; 0 while no loss was finite. */
  uint64_t bestEpoch = 0;
  /** In a row, without a better loss, since the best one or the last stop. */
  uint64_t worseEpochs = 0;

  enum class Verdict { better, worse, stop };
  /** Takes the loss at an epoch's end; one that is not finite is no better. After `stop` patience starts anew. */
  Verdict observe(uint64_t epoch, double loss, const EarlyStoppingSettings& settings) noexcept;
};

/** @throws Error `invalidArgument` for numbers that make no rule */
void checkEarlyStopping(const EarlyStoppingSettings& settings);

/** Room for a copy of all weights. */
class WeightsCopy {
 public:
  explicit WeightsCopy(const std::vector<Layer>& layers);
  /** @throws Error `invalidDesign` where the size cannot be addressed */
  static Layout layout(const std::vector<Layer>& layers);

  /** W_B of a dense layer, n[l] × (n[l−1] + 1) row-major. */
  float* at(size_t layer) const noexcept { return arena_.at(offsets_[layer]); }

 private:
  Arena arena_;
  std::vector<size_t> offsets_;
};

struct EarlyStopping {
  EarlyStoppingSettings settings;
  EarlyStoppingState state;
  /** Of the best epoch, once there is one. */
  WeightsCopy best;
};

}  // namespace lamina
