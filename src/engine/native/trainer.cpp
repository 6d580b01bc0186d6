#include "trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "denormals.h"
#include "error.h"
#include "kernels/choose.h"
#include "random.h"

namespace lamina {
namespace {

using Clock = std::chrono::steady_clock;

/** Numbers per array that a chunk records at most, and steps: the caller asks for the next chunk. */
constexpr size_t recordedNumbers = 1'048'576;
constexpr size_t recordedSteps = 65'536;
/** Samples that evaluation passes through the network at a time, at least: batches may be small. */
constexpr size_t evaluationBlock = 64;
/** Steps that together take less than this are made without looking at the clock. */
constexpr double clockMilliseconds = 0.25;

size_t passCapacity(const TrainerOptions& options) {
  const size_t batch = std::min(options.batchSize, options.trainCount);
  return std::max(batch, evaluationBlock);
}

size_t trainerBytes(const TrainerOptions& options, const Plan& plan, const Kernels& kernels) {
  const size_t n = plan.inputs();
  const size_t m = plan.outputs();
  size_t bytes = Parameters::layout(plan.layers(), stateCount(options.optimizer.kind)).bytes();
  bytes = checkedAdd(bytes, Pass::layout(plan, kernels, passCapacity(options), true).bytes());
  bytes = checkedAdd(bytes, Samples::layout(options.trainCount, n, m).bytes());
  bytes = checkedAdd(bytes, Samples::layout(options.validationCount, n, m).bytes());
  return checkedAdd(bytes, Minibatches::bytes(options.trainCount, n, m, options.batchSize, options.shuffle));
}

/** Refuses what does not fit, so that members allocated after this one do. */
size_t allowedBytes(const TrainerOptions& options, const Plan& plan, const Kernels& kernels) {
  if (options.trainCount < 1 || options.trainCount > UINT32_MAX || options.validationCount > UINT32_MAX) {
    throw Error(ErrorCode::invalidArgument, "There must be from 1 to 4294967295 training samples, found " +
                                                std::to_string(options.trainCount) + ".");
  }
  if (options.batchSize < 1) throw Error(ErrorCode::invalidArgument, "The batch size must be at least 1, found 0.");
  const size_t bytes = trainerBytes(options, plan, kernels);
  if (bytes > options.memoryLimit) {
    throw Error(ErrorCode::invalidDesign, std::string("Training this network needs ") + describeBytes(bytes).text +
                                              " of memory, but this machine has " +
                                              describeBytes(options.memoryLimit).text +
                                              ". Use fewer units, a smaller batch or fewer samples.");
  }
  return bytes;
}

double limitOf(const Layer& layer) {
  const double inputs = static_cast<double>(layer.inputs);
  switch (layer.initializer) {
    case Initializer::he: return std::sqrt(6 / inputs);
    case Initializer::xavier: return std::sqrt(6 / (inputs + static_cast<double>(layer.units)));
    case Initializer::lecun: return std::sqrt(3 / inputs);
    case Initializer::zeros: break;
  }
  return 0;
}

}  // namespace

Trainer::Trainer(const TrainerOptions& options)
    : kernels_(chooseKernels(options.instructionSet)),
      optimizer_(options.optimizer),
      clipNorm_(options.gradientClipNorm),
      metric_(options.metric),
      plan_(options.network, kernels_),
      memoryBytes_(allowedBytes(options, plan_, kernels_)),
      stepsPerEpoch_((options.trainCount - 1) / options.batchSize + 1),
      train_(options.trainCount, plan_.inputs(), plan_.outputs()),
      validation_(options.validationCount, plan_.inputs(), plan_.outputs()),
      minibatches_(train_, plan_.inputs(), plan_.outputs(), options.batchSize, options.shuffle, options.seed, kernels_),
      parameters_(plan_.layers(), stateCount(options.optimizer.kind)),
      pass_(plan_, kernels_, passCapacity(options), true),
      squaredNorms_(plan_.layers().size(), 0.0),
      nextSquaredNorms_(plan_.layers().size(), 0.0),
      learningRate_(options.optimizer.learningRate) {
  for (size_t l = 0; l < plan_.layers().size(); ++l) {
    const Layer& layer = plan_.layers()[l];
    const double limit = limitOf(layer);
    if (limit > 0) {
      drawWeights(mutableWeights(l), layer.inputs, layer.units, limit, options.seed, static_cast<uint32_t>(l));
    }
  }
  weightsChanged();
}

size_t Trainer::requiredBytes(const TrainerOptions& options) {
  const Kernels& kernels = chooseKernels(options.instructionSet);
  return trainerBytes(options, Plan(options.network, kernels), kernels);
}

void Trainer::weightsChanged() noexcept {
  for (size_t l = 0; l < squaredNorms_.size(); ++l) {
    squaredNorms_[l] = kernels_.squaredNorm(plan_.layers()[l].weights, weights(l));
  }
}

Chunk Trainer::run(size_t steps, double milliseconds) {
  const DenormalsAreZero denormals;
  const size_t layers = plan_.layers().size();
  const size_t recordable = std::max<size_t>(1, recordedNumbers / std::max<size_t>(1, layers));
  const size_t most = std::min({steps, recordedSteps, recordable});
  Chunk chunk;
  chunk.loss.reserve(most);
  chunk.gradientNorms.reserve(most * layers);
  chunk.updateRatios.reserve(most * layers);

  const Clock::time_point start = Clock::now();
  const auto elapsed = [&start] { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); };
  // The clock is read after so many steps as fit its own interval, judged by the steps before.
  size_t nextReading = 1;
  bool going = !epochEnding_ || finishEpoch(chunk);
  while (going && chunk.steps < most) {
    chunk.failure = trainStep(chunk);
    if (chunk.failure || (epochEnding_ && !finishEpoch(chunk)) || stopRequested()) break;
    if (chunk.steps >= nextReading) {
      const double spent = elapsed();
      if (spent >= milliseconds) break;
      const double perStep = std::max(spent / static_cast<double>(chunk.steps), 1e-6);
      const double interval = std::min(clockMilliseconds, milliseconds - spent);
      nextReading = chunk.steps + std::max<size_t>(1, static_cast<size_t>(interval / perStep));
    }
  }
  chunk.seconds = elapsed() / 1000;
  return chunk;
}

/** One minibatch: forward, backward, update. What is not finite is reported, and then no weight was changed. */
std::optional<Failure> Trainer::trainStep(Chunk& chunk) {
  if (!epochStarted_) {
    minibatches_.startEpoch(epoch());
    epochStarted_ = true;
    epochSums_ = {};
  }
  const SampleView batch = minibatches_.current();
  pass_.setInput(batch.features);
  plan_.forward(parameters_, pass_, batch.count);
  const double lossSum = plan_.lossSum(pass_, batch.targets, batch.count);
  if (!std::isfinite(lossSum)) return Failure{step() + 1, Quantity::loss, std::nullopt};
  plan_.backward(parameters_, pass_, batch.targets, batch.count);

  double scale = 1;
  const size_t recorded = chunk.gradientNorms.size();
  std::optional<Failure> failure = measureGradients(chunk, scale);
  if (!failure) failure = update(chunk, scale);
  if (failure) {
    chunk.gradientNorms.resize(recorded);
    chunk.updateRatios.resize(recorded);
    return failure;
  }

  chunk.loss.push_back(lossSum / static_cast<double>(batch.count));
  ++chunk.steps;
  step_.store(step() + 1, std::memory_order_relaxed);
  epochSums_.loss += lossSum;
  epochSums_.metric += kernels_.metricSum[static_cast<size_t>(metric_)](batch.count, plan_.outputs(),
                                                                         plan_.predictions(pass_), batch.targets);
  epochEnding_ = minibatches_.advance();
  return std::nullopt;
}

/** Records ‖∂L/∂W[l]‖ of every layer; `scale` becomes what clipping multiplies gradients by. */
std::optional<Failure> Trainer::measureGradients(Chunk& chunk, double& scale) {
  const size_t layers = plan_.layers().size();
  const size_t first = chunk.gradientNorms.size();
  chunk.gradientNorms.resize(first + layers);
  double globalSquares = 0;
  // From the output back, as gradients flow: the layer named is the one where it went wrong first.
  for (size_t l = layers; l-- > 0;) {
    const double squares = kernels_.squaredNorm(plan_.layers()[l].weights, weightGradient(l));
    if (!std::isfinite(squares)) return Failure{step() + 1, Quantity::gradient, l};
    chunk.gradientNorms[first + l] = std::sqrt(squares);
    globalSquares += squares;
  }
  if (clipNorm_) scale = clipScale(std::sqrt(globalSquares), *clipNorm_);
  return std::nullopt;
}

/** W ← W + ΔW for all layers or, when one stops being finite, for none; records ‖ΔW[l]‖ / ‖W[l]‖, W before it. */
std::optional<Failure> Trainer::update(Chunk& chunk, double scale) {
  const UpdateStep scalars =
      updateStep(optimizer_, learningRate_.load(std::memory_order_relaxed), scale, step() + 1);
  const auto updateLayer = kernels_.update[static_cast<size_t>(optimizer_.kind)];
  for (size_t l = 0; l < plan_.layers().size(); ++l) {
    const Layer& layer = plan_.layers()[l];
    const Parameters::Entry& entry = parameters_.layers[l];
    const UpdateSums sums = updateLayer(scalars, layer.inputs, layer.units, entry.weights, entry.gradient,
                                        entry.state[0], entry.state[1]);
    if (!std::isfinite(sums.change) || !std::isfinite(sums.weights)) {
      return Failure{step() + 1, Quantity::weights, l};
    }
    const double norm = std::sqrt(squaredNorms_[l]);
    chunk.updateRatios.push_back(norm == 0 ? 0 : std::sqrt(sums.change) / norm);
    nextSquaredNorms_[l] = sums.weights;
  }
  parameters_.adoptNext();
  squaredNorms_.swap(nextSquaredNorms_);
  return std::nullopt;
}

bool Trainer::finishEpoch(Chunk& chunk) {
  for (; validated_ < validation_.count(); validated_ += pass_.capacity()) {
    if (validated_ > 0 && stopRequested()) return false;
    addBlock(validation_.view(), validated_, validationSums_);
  }
  const auto mean = [](const Sums& sums, size_t count) {
    return Evaluation{sums.loss / static_cast<double>(count), sums.metric / static_cast<double>(count)};
  };
  EpochResult result{epoch() + 1, step(), mean(epochSums_, train_.count()), std::nullopt};
  if (validation_.count() > 0) result.validation = mean(validationSums_, validation_.count());
  chunk.epochs.push_back(result);
  epoch_.store(result.epoch, std::memory_order_relaxed);
  epochEnding_ = false;
  epochStarted_ = false;
  validated_ = 0;
  validationSums_ = {};
  return true;
}

/** Adds what one block of samples, from `first` on, contributes. */
void Trainer::addBlock(const SampleView& samples, size_t first, Sums& sums) noexcept {
  const size_t rows = std::min(pass_.capacity(), samples.count - first);
  const float* const targets = samples.targets + first * plan_.outputs();
  pass_.setInput(samples.features + first * plan_.inputs());
  plan_.forward(parameters_, pass_, rows);
  sums.loss += plan_.lossSum(pass_, targets, rows);
  sums.metric += kernels_.metricSum[static_cast<size_t>(metric_)](rows, plan_.outputs(), plan_.predictions(pass_),
                                                                   targets);
}

void Trainer::checkNotAbandoned() const {
  if (abandoned_.load(std::memory_order_relaxed)) {
    throw Error(ErrorCode::cancelled, "The trainer was disposed of while it was computing.");
  }
}

Evaluation Trainer::evaluate(const SampleView& samples) {
  const DenormalsAreZero denormals;
  Sums sums;
  for (size_t first = 0; first < samples.count; first += pass_.capacity()) {
    checkNotAbandoned();
    addBlock(samples, first, sums);
  }
  const double count = static_cast<double>(samples.count);
  return {sums.loss / count, sums.metric / count};
}

void Trainer::predict(size_t count, const float* features, float* predictions) {
  const DenormalsAreZero denormals;
  for (size_t first = 0; first < count; first += pass_.capacity()) {
    checkNotAbandoned();
    const size_t rows = std::min(pass_.capacity(), count - first);
    pass_.setInput(features + first * plan_.inputs());
    plan_.forward(parameters_, pass_, rows);
    std::copy_n(plan_.predictions(pass_), rows * plan_.outputs(), predictions + first * plan_.outputs());
  }
}

Trace Trainer::trace(const SampleView& samples) {
  const DenormalsAreZero denormals;
  Pass pass(plan_, kernels_, samples.count, true);
  pass.setInput(samples.features);
  plan_.forward(parameters_, pass, samples.count);
  plan_.outputGradient(pass, samples.targets, samples.count);
  plan_.backward(parameters_, pass, samples.targets, samples.count);
  const double loss = plan_.lossSum(pass, samples.targets, samples.count) / static_cast<double>(samples.count);
  return {loss, std::move(pass)};
}

}  // namespace lamina
