#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "early_stopping.h"
#include "minibatches.h"
#include "network.h"
#include "optimizer.h"
#include "plan.h"
#include "schedule.h"

namespace lamina {

/** See src/engine/engine.ts, whose Trainer this implements. */
struct TrainerOptions {
  Network network;
  OptimizerSettings optimizer;
  size_t batchSize = 1;
  /** Planned, at least 1; only a cosine schedule looks at them. */
  uint64_t epochs = 1;
  ScheduleSettings schedule;
  std::optional<EarlyStoppingSettings> earlyStopping;
  uint32_t seed = 0;
  bool shuffle = true;
  std::optional<double> gradientClipNorm;
  Metric metric = Metric::argmaxAccuracy;
  size_t trainCount = 0;
  size_t validationCount = 0;
  /** Whether those samples have weights. */
  bool trainWeighted = false;
  bool validationWeighted = false;
  /** Bytes a trainer may take; more is refused before anything is allocated. */
  uint64_t memoryLimit = UINT64_MAX;
  /** "portable", "neon", "avx2", "avx512", or empty for the best this machine can run. */
  std::string instructionSet;
  /** Threads to compute with at most; 0: the engine decides. Never changes a number that comes out. */
  size_t threads = 0;
  /** Divides even the smallest products among the threads: for tests. */
  bool sharesAlways = false;
};

struct Evaluation {
  double loss;
  double metric;
};

struct EpochResult {
  uint64_t epoch;
  uint64_t step;
  Evaluation train;
  std::optional<Evaluation> validation;
  /** Of the epoch's last step. */
  double learningRate;
};

enum class Quantity { loss, gradient, weights };

struct Failure {
  uint64_t step;
  Quantity quantity;
  /** Ordinal of the dense operation; none for the loss. */
  std::optional<size_t> layer;
};

/** Per-layer numbers hold dense layer l of step s at `s * layers + l`. */
struct Chunk {
  size_t steps = 0;
  std::vector<double> loss;
  std::vector<double> gradientNorms;
  std::vector<double> updateRatios;
  std::vector<EpochResult> epochs;
  /** Early stopping ended the chunk with the last of its epochs. */
  bool stoppedEarly = false;
  std::optional<Failure> failure;
  double seconds = 0;
};

/** Every quantity of one minibatch. The pass holds the values and their gradients, the parameters ∂L/∂W. */
struct Trace {
  double loss;
  Pass pass;
};

/**
 * A network in training. Not for several threads at once, but for `interrupt`, `abandon`, `setLearningRate`,
 * `setEpochs`, `scheduledRate`, `step` and `epoch`, which any thread may call at any time.
 */
class Trainer {
 public:
  /** @throws Error `invalidArgument`, or `invalidDesign` where it takes more memory than there is */
  explicit Trainer(const TrainerOptions& options);
  /** What a trainer of these options allocates, computed without allocating it. */
  static size_t requiredBytes(const TrainerOptions& options);

  /** To be filled before the first step. */
  const Samples& train() const noexcept { return train_; }
  const Samples& validation() const noexcept { return validation_; }

  const Plan& plan() const noexcept { return plan_; }
  size_t memoryBytes() const noexcept { return memoryBytes_; }
  /** Threads it computes with: fewer than were asked for where more would not help. */
  size_t threads() const noexcept { return threads_.count(); }
  size_t stepsPerEpoch() const noexcept { return stepsPerEpoch_; }
  uint64_t step() const noexcept { return step_.load(std::memory_order_relaxed); }
  uint64_t epoch() const noexcept { return epoch_.load(std::memory_order_relaxed); }

  /**
   * Trains until a budget is used up, the record is full, something stops being finite, early stopping says so or
   * `interrupt` is called. An evaluation of the validation samples that an interrupt cut off is finished by the next
   * run before its steps; its epoch ends, for schedule and early stopping too, only then.
   *
   * A step that fails leaves the weights, the step count and the epoch's sums as they were. When the loss or a gradient
   * stopped being finite, so is the optimizer's state; when a weight did, that state has taken the step's gradient in
   * already.
   */
  Chunk run(size_t steps, double milliseconds);
  /** Clears what `interrupt` asked for; to be called before a run, on the thread that may interrupt it. */
  void prepareRun() noexcept { interrupted_.store(false, std::memory_order_relaxed); }
  /** Ends a run after its current step. */
  void interrupt() noexcept { interrupted_.store(true, std::memory_order_relaxed); }
  /** Ends whatever is under way soon, for good. */
  void abandon() noexcept { abandoned_.store(true, std::memory_order_relaxed); }
  /** The rate the schedule starts from; of the next step on. */
  void setLearningRate(double learningRate) noexcept { learningRate_.store(learningRate, std::memory_order_relaxed); }
  /** Epochs planned, at least 1; of the next step on. */
  void setEpochs(uint64_t epochs) noexcept { epochs_.store(epochs, std::memory_order_relaxed); }
  /** The rate of the next step. While a run is under way it may be that of a step just made. */
  double scheduledRate() const noexcept;

  /** W_B of a dense layer, n[l] × (n[l−1] + 1) row-major. */
  const float* weights(size_t layer) const noexcept { return parameters_.layers[layer].weights; }
  const float* weightGradient(size_t layer) const noexcept { return parameters_.layers[layer].gradient; }
  /** To be filled; `weightsChanged` must follow. */
  float* mutableWeights(size_t layer) noexcept { return parameters_.layers[layer].weights; }
  void weightsChanged() noexcept;
  /** The epoch with the smallest loss so far, counted from 1; 0 before the first, and without early stopping. */
  uint64_t bestEpoch() const noexcept { return earlyStopping_ ? earlyStopping_->state.bestEpoch : 0; }
  /** A dense layer's weights at the end of that epoch, when there is one. */
  const float* bestWeights(size_t layer) const noexcept { return earlyStopping_->best.at(layer); }

  /** @throws Error `cancelled` when abandoned */
  Evaluation evaluate(const SampleView& samples);
  /**
   * @param predictions filled with Ŷ, count × n[L]
   * @throws Error `cancelled` when abandoned
   */
  void predict(size_t count, const float* features, float* predictions);
  /** @param samples at least one */
  Trace trace(const SampleView& samples);

 private:
  /** Sums over samples, to be divided by their number. */
  struct Sums {
    double loss = 0;
    double metric = 0;
  };

  std::optional<Failure> trainStep(Chunk& chunk);
  std::optional<Failure> measureGradients(Chunk& chunk, double& scale);
  std::optional<Failure> update(Chunk& chunk, double scale);
  /** @returns whether training may go on: not when this was cut off, or early stopping ends the chunk */
  bool finishEpoch(Chunk& chunk);
  double nextRate() noexcept;
  bool observeEpoch(const EpochResult& result) noexcept;
  void updateWeights(const UpdateStep& scalars) noexcept;
  void addBlock(const SampleView& samples, size_t first, Sums& sums) noexcept;
  bool stopRequested() const noexcept {
    return interrupted_.load(std::memory_order_relaxed) || abandoned_.load(std::memory_order_relaxed);
  }
  void checkNotAbandoned() const;

  const Kernels& kernels_;
  OptimizerSettings optimizer_;
  std::optional<double> clipNorm_;
  Metric metric_;
  uint32_t seed_;
  Plan plan_;
  size_t threadCount_;
  size_t memoryBytes_;
  size_t stepsPerEpoch_;
  LearningRateSchedule schedule_;
  Samples train_;
  Samples validation_;
  Minibatches minibatches_;
  Parameters parameters_;
  Pass pass_;
  Pass evaluationPass_;
  std::optional<EarlyStopping> earlyStopping_;
  /** ‖W[l]‖² of the current weights, and of the next ones while a step is being made. */
  std::vector<double> squaredNorms_;
  std::vector<double> nextSquaredNorms_;
  /** Of every block of rows: ‖∂L/∂W‖², and in an update ‖ΔW‖² and ‖W‖² after it. */
  std::vector<double> gradientSquares_;
  std::vector<UpdateSums> updateSums_;
  size_t fewestWeightsShared_;

  PlateauState plateau_;
  /** What the schedule said last, kept because powers and cosines take a while beside a small network's step. */
  LearningRateSchedule::Span share_{1, 0};
  /** Of the last step. */
  double usedRate_ = 0;

  std::atomic<double> learningRate_;
  std::atomic<uint64_t> epochs_;
  /** Those of `plateau_`, for other threads. */
  std::atomic<uint64_t> reductions_{0};
  std::atomic<bool> interrupted_{false};
  std::atomic<bool> abandoned_{false};
  std::atomic<uint64_t> step_{0};
  std::atomic<uint64_t> epoch_{0};

  bool epochStarted_ = false;
  /** Of the epoch under way. */
  Sums epochSums_;
  /** All steps of the epoch are done, its validation samples are measured up to `validated_`. */
  bool epochEnding_ = false;
  size_t validated_ = 0;
  Sums validationSums_;

  Threads threads_;
};

}  // namespace lamina
