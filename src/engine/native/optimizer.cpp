#include "optimizer.h"

#include <cmath>
#include <string>

#include "error.h"

namespace lamina {

OptimizerKind optimizerNamed(std::string_view type, double momentum, bool nesterov) {
  if (type == "sgd") {
    if (momentum == 0) return OptimizerKind::sgd;
    return nesterov ? OptimizerKind::nesterov : OptimizerKind::momentum;
  }
  if (type == "rmsprop") return OptimizerKind::rmsprop;
  if (type == "adagrad") return OptimizerKind::adagrad;
  if (type == "adam") return OptimizerKind::adam;
  if (type == "adamw") return OptimizerKind::adamw;
  throw Error(ErrorCode::invalidArgument, "The native engine knows no optimizer \"" + std::string(type) + "\".");
}

size_t stateCount(OptimizerKind kind) noexcept {
  switch (kind) {
    case OptimizerKind::sgd: return 0;
    case OptimizerKind::momentum:
    case OptimizerKind::nesterov:
    case OptimizerKind::rmsprop:
    case OptimizerKind::adagrad: return 1;
    case OptimizerKind::adam:
    case OptimizerKind::adamw: break;
  }
  return 2;
}

UpdateStep updateStep(const OptimizerSettings& settings, double learningRate, double gradientScale,
                      uint64_t t) noexcept {
  UpdateStep step{};
  step.learningRate = static_cast<float>(learningRate);
  step.gradientScale = static_cast<float>(gradientScale);
  step.l2 = static_cast<float>(settings.l2);
  switch (settings.kind) {
    case OptimizerKind::sgd:
    case OptimizerKind::adagrad: break;
    case OptimizerKind::momentum:
    case OptimizerKind::nesterov: step.momentum = static_cast<float>(settings.momentum); break;
    case OptimizerKind::rmsprop:
      step.momentum = static_cast<float>(settings.decay);
      step.momentumComplement = static_cast<float>(1 - settings.decay);
      break;
    case OptimizerKind::adam:
    case OptimizerKind::adamw: {
      const double steps = static_cast<double>(t);
      step.correctedRate = static_cast<float>(learningRate / (1 - std::pow(0.9, steps)));
      step.secondMomentScale = static_cast<float>(1 / std::sqrt(1 - std::pow(0.999, steps)));
      if (settings.kind == OptimizerKind::adamw) step.decay = static_cast<float>(learningRate * settings.weightDecay);
      break;
    }
  }
  return step;
}

double clipScale(double globalNorm, double limit) noexcept {
  const double scale = limit / (globalNorm + 1e-6);
  return scale < 1 ? scale : 1;
}

}  // namespace lamina
