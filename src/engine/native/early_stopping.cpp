#include "early_stopping.h"

#include <cmath>
#include <string>

#include "error.h"

namespace lamina {

EarlyStoppingState::Verdict EarlyStoppingState::observe(uint64_t epoch, double loss,
                                                        const EarlyStoppingSettings& settings) noexcept {
  if (std::isfinite(loss) && loss < best - settings.minimumImprovement) {
    best = loss;
    bestEpoch = epoch;
    worseEpochs = 0;
    return Verdict::better;
  }
  if (++worseEpochs < settings.patience) return Verdict::worse;
  worseEpochs = 0;
  return Verdict::stop;
}

void checkEarlyStopping(const EarlyStoppingSettings& settings) {
  if (settings.patience < 1) {
    throw Error(ErrorCode::invalidArgument, "The patience of early stopping must be at least 1 epoch, found 0.");
  }
  // Written so that what is not a number is refused too.
  if (!(settings.minimumImprovement >= 0) || std::isinf(settings.minimumImprovement)) {
    throw Error(ErrorCode::invalidArgument, "The least improvement of early stopping must be a number from 0, found " +
                                                std::to_string(settings.minimumImprovement) + ".");
  }
}

WeightsCopy::WeightsCopy(const std::vector<Layer>& layers) : arena_(layout(layers)) {
  Layout places;
  for (const Layer& layer : layers) offsets_.push_back(places.add(layer.weights));
}

Layout WeightsCopy::layout(const std::vector<Layer>& layers) {
  Layout places;
  for (const Layer& layer : layers) places.add(layer.weights);
  return places;
}

}  // namespace lamina
