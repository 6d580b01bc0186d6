#pragma once

#include <cstddef>
#include <vector>

#include "functions.h"

namespace lamina {

/** Operation i makes value i + 1 from value `input`; value 0 is X. */
struct Operation {
  enum class Type { dense, activation, dropout };
  Type type = Type::dense;
  size_t input = 0;
  /** n[l−1]; for an activation the same as `units` */
  size_t inputs = 0;
  /** n[l] */
  size_t units = 0;
  /** Dense only. */
  Initializer initializer = Initializer::zeros;
  /** Activation only. */
  ActivationFunction function = ActivationFunction::identity;
  /** Dropout only: the share of units a training step leaves out, from 0 to below 1. */
  double rate = 0;
};

/** A network as the contract's NetworkPlan describes it: topologically ordered, the last value is Ŷ. */
struct Network {
  size_t inputs = 0;
  size_t outputs = 0;
  Loss loss = Loss::crossEntropy;
  std::vector<Operation> operations;
};

/**
 * Checks what memory safety rests on: every operation takes an earlier value of the size it expects.
 * @throws Error `invalidArgument`
 */
void checkNetwork(const Network& network);

}  // namespace lamina
