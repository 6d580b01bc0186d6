#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernels/kernels.h"

namespace lamina {

/** An optimizer as settings name it; unused numbers are 0. */
struct OptimizerSettings {
  OptimizerKind kind = OptimizerKind::sgd;
  double learningRate = 0;
  double l2 = 0;
  double momentum = 0;
  /** RMSprop's decay of the running mean square. */
  double decay = 0;
  /** AdamW's. */
  double weightDecay = 0;
};

/** @throws Error `invalidArgument` for a type that is not one of the catalogue's */
OptimizerKind optimizerNamed(std::string_view type, double momentum, bool nesterov);

/** Arrays as large as the weights that the optimizer keeps between steps: 0 to 2. */
size_t stateCount(OptimizerKind kind) noexcept;

/**
 * The scalars of one step.
 * @param t the step's number, from 1
 */
UpdateStep updateStep(const OptimizerSettings& settings, double learningRate, double gradientScale,
                      uint64_t t) noexcept;

/** PyTorch's clip_grad_norm_: what all gradients are multiplied by so that their global norm is at most `limit`. */
double clipScale(double globalNorm, double limit) noexcept;

}  // namespace lamina
