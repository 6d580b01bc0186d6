#include <algorithm>
#include <cmath>
#include <string>

#include "error.h"
#include "trainer.h"

namespace lamina {
namespace {

[[noreturn]] void fail(const std::string& message) { throw Error(ErrorCode::invalidArgument, message); }

}  // namespace

TrainerState Trainer::state() const {
  TrainerState state;
  state.step = step();
  state.epoch = epoch();
  state.learningRate = learningRate_.load(std::memory_order_relaxed);
  state.epochs = epochs_.load(std::memory_order_relaxed);
  state.usedRate = usedRate_;
  state.epochSums = epochSums_;
  state.epochEnding = epochEnding_;
  state.validated = validated_;
  state.validationSums = validationSums_;
  state.plateau = plateau_;
  if (earlyStopping_) state.earlyStopping = earlyStopping_->state;
  state.squaredNorms = squaredNorms_;
  return state;
}

void Trainer::checkState(const TrainerState& state) const {
  const uint64_t perEpoch = stepsPerEpoch_;
  if (state.epoch > state.step / perEpoch || state.step - state.epoch * perEpoch > perEpoch) {
    fail("A state of " + std::to_string(state.step) + " steps cannot be in epoch " + std::to_string(state.epoch + 1) +
         " of " + std::to_string(perEpoch) + " steps each.");
  }
  const bool atEnd = state.step - state.epoch * perEpoch == perEpoch;
  if (state.epochEnding != atEnd) fail("A state's epoch is ending exactly when all of its steps are done.");
  if (state.validated > 0 && !state.epochEnding) fail("Validation samples are measured only when an epoch is ending.");
  if (state.validated % evaluationPass_.capacity() != 0 || (state.validated > 0 && state.validated >= validation_.count())) {
    fail("A state cannot have measured " + std::to_string(state.validated) + " of " +
         std::to_string(validation_.count()) + " validation samples: this trainer measures " +
         std::to_string(evaluationPass_.capacity()) + " at a time.");
  }
  if (!(state.learningRate > 0) || !std::isfinite(state.learningRate)) fail("A state's learning rate must be above 0.");
  if (state.epochs < 1) fail("A state's planned epochs must be at least 1.");
  if (state.squaredNorms.size() != plan_.layers().size()) fail("A state must have one norm for each dense layer.");
}

void Trainer::restore(const TrainerState& state) noexcept {
  step_.store(state.step, std::memory_order_relaxed);
  epoch_.store(state.epoch, std::memory_order_relaxed);
  learningRate_.store(state.learningRate, std::memory_order_relaxed);
  epochs_.store(state.epochs, std::memory_order_relaxed);
  usedRate_ = state.usedRate;
  epochSums_ = state.epochSums;
  epochEnding_ = state.epochEnding;
  validated_ = state.validated;
  validationSums_ = state.validationSums;
  plateau_ = state.plateau;
  reductions_.store(plateau_.reductions, std::memory_order_relaxed);
  if (earlyStopping_) earlyStopping_->state = state.earlyStopping;
  std::copy(state.squaredNorms.begin(), state.squaredNorms.end(), squaredNorms_.begin());
  share_.end = 0;
  extreme_ = hasLargeMoments();
  const size_t position = static_cast<size_t>(state.step - state.epoch * stepsPerEpoch_);
  epochStarted_ = position > 0;
  if (epochStarted_ && !epochEnding_) minibatches_.startEpoch(state.epoch, position);
}

/** Whether moments may be those of numbers so large that `mayOverflow` would have suspected every update since. */
bool Trainer::hasLargeMoments() const noexcept {
  // Running sums of gradients stay below 2 · 10⁹ · 10⁴ otherwise, and those of their squares cannot come near this.
  constexpr double largestOfGradients = 2e13;
  constexpr double largestOfSquares = 1e30;
  const auto holdsGradients = [this](size_t array) {
    return array == 0 && optimizer_.kind != OptimizerKind::rmsprop && optimizer_.kind != OptimizerKind::adagrad;
  };
  for (size_t l = 0; l < plan_.layers().size(); ++l) {
    for (size_t array = 0; array < stateArrays(); ++array) {
      const float* const moments = optimizerState(l, array);
      double squares = 0;
      for (size_t i = 0; i < plan_.layers()[l].weights; ++i) squares += static_cast<double>(moments[i]) * moments[i];
      if (!(std::sqrt(squares) <= (holdsGradients(array) ? largestOfGradients : largestOfSquares))) return true;
    }
  }
  return false;
}

}  // namespace lamina
