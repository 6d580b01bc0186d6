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
/** Samples that evaluation passes through the network at a time: so many that no value takes more than 2 MB of cache. */
constexpr size_t fewestEvaluated = 64;
constexpr size_t mostEvaluated = 1024;
constexpr size_t evaluatedNumbers = 524'288;
/** Weights from which on it is worth dividing an update among threads. */
constexpr size_t fewestWeightsShared = 65'536;
constexpr size_t mostThreads = 256;
/** Steps that together take less than this are made without looking at the clock. */
constexpr double clockMilliseconds = 0.25;

Plan planOf(const TrainerOptions& options, const Kernels& kernels) {
  return Plan(options.network, kernels, options.sharesAlways);
}

size_t trainingCapacity(const TrainerOptions& options) { return std::min(options.batchSize, options.trainCount); }

size_t evaluationCapacity(const Plan& plan) {
  const size_t widest = *std::max_element(plan.units().begin(), plan.units().end());
  return std::clamp(evaluatedNumbers / widest, fewestEvaluated, mostEvaluated);
}

size_t chooseThreads(const TrainerOptions& options, const Plan& plan) {
  const size_t samples = std::max(trainingCapacity(options), evaluationCapacity(plan));
  if (!plan.isWorthThreads(samples)) return 1;
  return options.threads > 0 ? options.threads : physicalCores();
}

size_t trainerBytes(const TrainerOptions& options, const Plan& plan) {
  const size_t n = plan.inputs();
  const size_t m = plan.outputs();
  const size_t threads = chooseThreads(options, plan);
  size_t bytes = Parameters::layout(plan.layers(), stateCount(options.optimizer.kind)).bytes();
  const auto add = [&bytes](size_t more) { bytes = checkedAdd(bytes, more); };
  add(Pass::layout(plan, trainingCapacity(options), PassUse::training, threads).bytes());
  add(Pass::layout(plan, evaluationCapacity(plan), PassUse::evaluation, threads).bytes());
  if (options.earlyStopping) add(WeightsCopy::layout(plan.layers()).bytes());
  add(Samples::layout(options.trainCount, n, m, options.trainWeighted).bytes());
  add(Samples::layout(options.validationCount, n, m, options.validationWeighted).bytes());
  add(Minibatches::bytes(options.trainCount, options.shuffle));
  return bytes;
}

/** Refuses what does not fit, so that members allocated after this one do. */
size_t allowedBytes(const TrainerOptions& options, const Plan& plan) {
  const auto countError = [](const char* what, size_t found) {
    return Error(ErrorCode::invalidArgument, std::string("Expected ") + what + " to 4294967295 samples, found " +
                                                 std::to_string(found) + ".");
  };
  if (options.trainCount < 1 || options.trainCount > UINT32_MAX) {
    throw countError("training with 1", options.trainCount);
  }
  if (options.validationCount > UINT32_MAX) throw countError("validation with 0", options.validationCount);
  if (options.threads > mostThreads) {
    throw Error(ErrorCode::invalidArgument, "There may be at most " + std::to_string(mostThreads) +
                                                " threads, found " + std::to_string(options.threads) + ".");
  }
  if (options.batchSize < 1) throw Error(ErrorCode::invalidArgument, "The batch size must be at least 1, found 0.");
  if (options.epochs < 1) throw Error(ErrorCode::invalidArgument, "The epochs planned must be at least 1, found 0.");
  if (options.earlyStopping) checkEarlyStopping(*options.earlyStopping);
  const size_t bytes = trainerBytes(options, plan);
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
      seed_(options.seed),
      plan_(planOf(options, kernels_)),
      threadCount_(chooseThreads(options, plan_)),
      memoryBytes_(allowedBytes(options, plan_)),
      stepsPerEpoch_((options.trainCount - 1) / options.batchSize + 1),
      schedule_(options.schedule, stepsPerEpoch_),
      train_(options.trainCount, plan_.inputs(), plan_.outputs(), options.trainWeighted),
      validation_(options.validationCount, plan_.inputs(), plan_.outputs(), options.validationWeighted),
      minibatches_(train_, plan_.inputs(), plan_.outputs(), options.batchSize, options.shuffle, options.seed),
      parameters_(plan_.layers(), stateCount(options.optimizer.kind)),
      pass_(plan_, trainingCapacity(options), PassUse::training, threadCount_),
      evaluationPass_(plan_, evaluationCapacity(plan_), PassUse::evaluation, threadCount_),
      squaredNorms_(plan_.layers().size(), 0.0),
      nextSquaredNorms_(plan_.layers().size(), 0.0),
      gradientSquares_(plan_.blocks(), 0.0),
      updateSums_(plan_.blocks()),
      record_(kernels_, plan_.layers().size()),
      fewestWeightsShared_(options.sharesAlways ? 0 : fewestWeightsShared),
      learningRate_(options.optimizer.learningRate),
      epochs_(options.epochs),
      threads_(threadCount_),
      sharedBlocks_(sharedBlocks()) {
  if (options.earlyStopping) {
    earlyStopping_.emplace(EarlyStopping{*options.earlyStopping, {}, WeightsCopy(plan_.layers())});
  }
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
  return trainerBytes(options, planOf(options, kernels));
}

void Trainer::weightsChanged() noexcept {
  for (size_t l = 0; l < squaredNorms_.size(); ++l) {
    const Layer& layer = plan_.layers()[l];
    // Block by block, as a step adds them up.
    squaredNorms_[l] = 0;
    for (size_t block = 0; block < layer.blocks.count(); ++block) {
      squaredNorms_[l] += kernels_.squaredNorm(layer.blockWeights(block), weights(l) + layer.offset(block));
    }
  }
}

Chunk Trainer::run(size_t steps, double milliseconds) {
  Chunk chunk;
  run(steps, milliseconds, chunk);
  return chunk;
}

void Trainer::run(size_t steps, double milliseconds, Chunk& chunk) {
  const DenormalsAreZero denormals;
  const size_t layers = plan_.layers().size();
  const size_t recordable = std::max<size_t>(1, recordedNumbers / std::max<size_t>(1, layers));
  const size_t most = std::min({steps, recordedSteps, recordable});
  chunk.clear();
  chunk.loss.reserve(most);
  chunk.gradientNorms.reserve(most * layers);
  chunk.updateRatios.reserve(most * layers);
  // One more may end before the first step, another with the last.
  chunk.epochs.reserve(most / stepsPerEpoch_ + 2);

  // Planned epochs may have changed since a step that failed.
  share_.end = 0;

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
  record_.moveTo(chunk.gradientNorms, chunk.updateRatios);
  chunk.seconds = elapsed() / 1000;
}

/** One minibatch: forward, backward, update. What is not finite is reported; `run` says what is changed then. */
std::optional<Failure> Trainer::trainStep(Chunk& chunk) {
  if (!epochStarted_) {
    minibatches_.startEpoch(epoch());
    epochStarted_ = true;
    epochSums_ = {};
  }
  const SampleView batch = minibatches_.current();
  const DropoutState dropout{seed_, step()};
  plan_.load(pass_, batch, threads_);
  plan_.forward(parameters_, pass_, batch.count, threads_, &dropout);
  const double lossSum = plan_.lossSum(pass_, batch);
  if (!std::isfinite(lossSum)) return Failure{step() + 1, Quantity::loss, std::nullopt};
  plan_.backward(parameters_, pass_, batch, threads_, gradientSquares_.data());

  double scale = 1;
  std::optional<Failure> failure = measureGradients(scale);
  if (!failure) failure = update(scale);
  if (failure) return failure;

  record_.keep();
  if (record_.isFull()) record_.moveTo(chunk.gradientNorms, chunk.updateRatios);
  chunk.loss.push_back(lossSum / static_cast<double>(batch.count));
  ++chunk.steps;
  step_.store(step() + 1, std::memory_order_relaxed);
  beat();
  epochSums_.loss += lossSum;
  epochSums_.metric += plan_.metricSum(pass_, batch.count, metric_);
  epochEnding_ = minibatches_.advance();
  return std::nullopt;
}

/** Records ‖∂L/∂W[l]‖² of every layer; `scale` becomes what clipping multiplies gradients by. */
std::optional<Failure> Trainer::measureGradients(double& scale) noexcept {
  double* const recorded = record_.gradients();
  double globalSquares = 0;
  // From the output back, as gradients flow: the layer named is the one where it went wrong first.
  for (size_t l = plan_.layers().size(); l-- > 0;) {
    const Layer& layer = plan_.layers()[l];
    double squares = 0;
    for (size_t block = 0; block < layer.blocks.count(); ++block) squares += gradientSquares_[layer.firstBlock + block];
    if (!std::isfinite(squares)) return Failure{step() + 1, Quantity::gradient, l};
    recorded[l] = squares;
    globalSquares += squares;
  }
  if (clipNorm_) scale = clipScale(std::sqrt(globalSquares), *clipNorm_);
  return std::nullopt;
}

double Trainer::nextRate() noexcept {
  if (step() >= share_.end) {
    share_ = schedule_.at(step(), epochs_.load(std::memory_order_relaxed), plateau_.reductions);
  }
  return learningRate_.load(std::memory_order_relaxed) * share_.share;
}

double Trainer::scheduledRate() const noexcept {
  const LearningRateSchedule::Span span = schedule_.at(step(), epochs_.load(std::memory_order_relaxed),
                                                       reductions_.load(std::memory_order_relaxed));
  return learningRate_.load(std::memory_order_relaxed) * span.share;
}

bool Trainer::finishEpoch(Chunk& chunk) {
  for (; validated_ < validation_.count(); validated_ += evaluationPass_.capacity()) {
    if (validated_ > 0 && stopRequested()) return false;
    addBlock(validation_.view(), validated_, validationSums_);
    beat();
  }
  const auto mean = [](const SampleSums& sums, size_t count) {
    return Evaluation{sums.loss / static_cast<double>(count), sums.metric / static_cast<double>(count)};
  };
  EpochResult result{epoch() + 1, step(), mean(epochSums_, train_.count()), std::nullopt, usedRate_};
  if (validation_.count() > 0) result.validation = mean(validationSums_, validation_.count());
  chunk.epochs.push_back(result);
  epoch_.store(result.epoch, std::memory_order_relaxed);
  epochEnding_ = false;
  epochStarted_ = false;
  validated_ = 0;
  validationSums_ = {};
  chunk.stoppedEarly = observeEpoch(result);
  if (result.validation && !std::isfinite(result.validation->loss)) {
    chunk.failure = Failure{step(), Quantity::validationLoss, std::nullopt};
  }
  return !chunk.stoppedEarly && !chunk.failure;
}

/** Tells schedule and early stopping how the epoch went. @returns whether training should stop */
bool Trainer::observeEpoch(const EpochResult& result) noexcept {
  const double loss = result.validation.value_or(result.train).loss;
  if (schedule_.settings().type == ScheduleType::reduceOnPlateau) {
    plateau_.observe(loss, schedule_.settings().patience);
    reductions_.store(plateau_.reductions, std::memory_order_relaxed);
    share_.end = 0;
  }
  if (!earlyStopping_) return false;
  const auto verdict = earlyStopping_->state.observe(result.epoch, loss, earlyStopping_->settings);
  if (verdict == EarlyStoppingState::Verdict::better) {
    for (size_t l = 0; l < plan_.layers().size(); ++l) {
      std::copy_n(weights(l), plan_.layers()[l].weights, earlyStopping_->best.at(l));
    }
  }
  return verdict == EarlyStoppingState::Verdict::stop;
}

/** Adds what one block of samples, from `first` on, contributes. */
void Trainer::addBlock(const SampleView& samples, size_t first, SampleSums& sums) noexcept {
  const size_t count = std::min(evaluationPass_.capacity(), samples.count - first);
  const SampleView block = samples.from(first, count, plan_.inputs(), plan_.outputs());
  plan_.load(evaluationPass_, block, threads_);
  plan_.forward(parameters_, evaluationPass_, count, threads_, nullptr);
  sums.loss += plan_.lossSum(evaluationPass_, block);
  sums.metric += plan_.metricSum(evaluationPass_, count, metric_);
}

void Trainer::checkNotAbandoned() const {
  if (abandoned_.load(std::memory_order_relaxed)) {
    throw Error(ErrorCode::cancelled, "The trainer was disposed of while it was computing.");
  }
}

Evaluation Trainer::evaluate(const SampleView& samples) {
  const DenormalsAreZero denormals;
  SampleSums sums;
  for (size_t first = 0; first < samples.count; first += evaluationPass_.capacity()) {
    checkNotAbandoned();
    addBlock(samples, first, sums);
  }
  const double count = static_cast<double>(samples.count);
  return {sums.loss / count, sums.metric / count};
}

void Trainer::predict(size_t count, const float* features, float* predictions) {
  const DenormalsAreZero denormals;
  for (size_t first = 0; first < count; first += evaluationPass_.capacity()) {
    checkNotAbandoned();
    const size_t samples = std::min(evaluationPass_.capacity(), count - first);
    plan_.load(evaluationPass_, {samples, features + first * plan_.inputs(), nullptr, nullptr, nullptr}, threads_);
    plan_.forward(parameters_, evaluationPass_, samples, threads_, nullptr);
    evaluationPass_.copySamples(plan_.predictions(evaluationPass_), plan_.outputs(), samples,
                                predictions + first * plan_.outputs());
  }
}

Trace Trainer::trace(const SampleView& samples) {
  const DenormalsAreZero denormals;
  Pass pass(plan_, samples.count, PassUse::trace, threads_.count());
  const DropoutState dropout{seed_, step()};
  plan_.load(pass, samples, threads_);
  plan_.forward(parameters_, pass, samples.count, threads_, &dropout);
  plan_.backward(parameters_, pass, samples, threads_, gradientSquares_.data());
  const double loss = plan_.lossSum(pass, samples) / static_cast<double>(samples.count);
  return {loss, std::move(pass)};
}

}  // namespace lamina
