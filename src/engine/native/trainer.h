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
#include "step_record.h"

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

/** Sums over samples, to be divided by their number. */
struct SampleSums {
  double loss = 0;
  double metric = 0;
};

struct EpochResult {
  uint64_t epoch;
  uint64_t step;
  Evaluation train;
  std::optional<Evaluation> validation;
  /** Of the epoch's last step. */
  double learningRate;
};

enum class Quantity { loss, gradient, weights, learningRate, validationLoss };

struct Failure {
  uint64_t step;
  Quantity quantity;
  /** Ordinal of the dense operation; none for losses and learning rate. */
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

  /** Empties it but keeps its memory: pages new from the system take a small network's steps several percent longer. */
  void clear() noexcept {
    steps = 0;
    loss.clear();
    gradientNorms.clear();
    updateRatios.clear();
    epochs.clear();
    stoppedEarly = false;
    failure.reset();
    seconds = 0;
  }
};

/**
 * Where training stands, but for its arrays: plain data. With weights, optimizer state and the best weights it is all
 * that decides how training goes on, because the generator is a function of seed, epoch and step.
 */
struct TrainerState {
  uint64_t step = 0;
  /** Whole epochs done, so that `step` is that many and a part of the next one, or all of its steps. */
  uint64_t epoch = 0;
  double learningRate = 0;
  uint64_t epochs = 1;
  /** The rate of the last step. */
  double usedRate = 0;
  /** Of the epoch under way. */
  SampleSums epochSums;
  /** All steps of the epoch are done, and this many validation samples measured. */
  bool epochEnding = false;
  size_t validated = 0;
  SampleSums validationSums;
  PlateauState plateau;
  /** Unused without early stopping. */
  EarlyStoppingState earlyStopping;
  /** ‖W[l]‖² as the last step measured it. */
  std::vector<double> squaredNorms;
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
  /** Arrays of optimizer state per layer. */
  size_t stateArrays() const noexcept { return stateCount(optimizer_.kind); }
  bool stopsEarly() const noexcept { return earlyStopping_.has_value(); }
  /** Threads it computes with: fewer than were asked for where more would not help. */
  size_t threads() const noexcept { return threads_.count(); }
  size_t stepsPerEpoch() const noexcept { return stepsPerEpoch_; }
  uint64_t step() const noexcept { return step_.load(std::memory_order_relaxed); }
  uint64_t epoch() const noexcept { return epoch_.load(std::memory_order_relaxed); }
  /** Grows with every step and every block of validation samples: while it stands still in a run, so does the run. */
  uint64_t beats() const noexcept { return beats_.load(std::memory_order_relaxed); }

  /**
   * Trains until a budget is used up, the record is full, something stops being finite, early stopping says so or
   * `interrupt` is called. An evaluation of the validation samples that an interrupt cut off is finished by the next
   * run before its steps; its epoch ends, for schedule and early stopping too, only then.
   *
   * A step that fails leaves weights, optimizer state, counts and sums as they were.
   */
  Chunk run(size_t steps, double milliseconds);
  /** The same into a chunk of an earlier run, which is emptied first. */
  void run(size_t steps, double milliseconds, Chunk& chunk);
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
  /** To be filled; `weightsChanged` or `restore` must follow. */
  float* mutableWeights(size_t layer) noexcept { return parameters_.layers[layer].weights; }
  void weightsChanged() noexcept;
  /** The epoch with the smallest loss so far, counted from 1; 0 before the first, and without early stopping. */
  uint64_t bestEpoch() const noexcept { return earlyStopping_ ? earlyStopping_->state.bestEpoch : 0; }
  /** A dense layer's weights at the end of that epoch, when there is one. */
  const float* bestWeights(size_t layer) const noexcept { return earlyStopping_->best.at(layer); }

  TrainerState state() const;
  /** @throws Error `invalidArgument` for a state that no trainer of these options can be in; nothing has changed then */
  void checkState(const TrainerState& state) const;
  /** Goes on from a state that was checked. Arrays of weights, optimizer state and best weights were filled before. */
  void restore(const TrainerState& state) noexcept;
  /** Array `index` of a layer's optimizer state, as large as its weights; to be filled before `restore`. */
  float* optimizerState(size_t layer, size_t index) const noexcept { return parameters_.layers[layer].state[index]; }
  /** To be filled before `restore`; only with early stopping. */
  float* mutableBestWeights(size_t layer) noexcept { return earlyStopping_->best.at(layer); }

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
  std::optional<Failure> trainStep(Chunk& chunk);
  std::optional<Failure> measureGradients(double& scale) noexcept;
  std::optional<Failure> update(double scale);
  /** @returns whether training may go on: not when this was cut off, or early stopping ends the chunk */
  bool finishEpoch(Chunk& chunk);
  double nextRate() noexcept;
  bool observeEpoch(const EpochResult& result) noexcept;
  UpdateSums sumsOf(const Layer& layer) const noexcept;
  /** Whether an update may leave the range of float32, judged by bounds that hold for every optimizer. */
  bool mayOverflow(double rate, double scale) noexcept;
  bool hasLargeMoments() const noexcept;
  /** Computes an update on copies, block by block. @returns what would stop being finite */
  std::optional<Failure> rehearse(const UpdateStep& scalars);
  void updateWeights(const UpdateStep& scalars) noexcept;
  struct SharedBlock {
    size_t layer;
    size_t block;
  };
  std::vector<SharedBlock> sharedBlocks() const;
  bool isShared(const Layer& layer) const noexcept { return layer.weights >= fewestWeightsShared_; }
  template <class Body>
  void overBlocks(const Layer& layer, const Body& body) noexcept;
  void addBlock(const SampleView& samples, size_t first, SampleSums& sums) noexcept;
  bool stopRequested() const noexcept {
    return interrupted_.load(std::memory_order_relaxed) || abandoned_.load(std::memory_order_relaxed);
  }
  void checkNotAbandoned() const;
  void beat() noexcept { beats_.store(beats() + 1, std::memory_order_relaxed); }

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
  StepRecord record_;
  size_t fewestWeightsShared_;
  /** Numbers have come up, or may have, that could leave the range of float32: updates are rehearsed from then on. */
  bool extreme_ = false;
  /** One block's gradient and optimizer state for each thread; empty before the first rehearsal. */
  std::vector<std::vector<float>> rehearsal_;

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
  std::atomic<uint64_t> beats_{0};

  bool epochStarted_ = false;
  /** Of the epoch under way. */
  SampleSums epochSums_;
  /** All steps of the epoch are done, its validation samples are measured up to `validated_`. */
  bool epochEnding_ = false;
  size_t validated_ = 0;
  SampleSums validationSums_;

  Threads threads_;
  /** In the order in which threads begin with them. */
  std::vector<SharedBlock> sharedBlocks_;
};

}  // namespace lamina
