#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "../../../src/engine/native/error.h"
#include "../../../src/engine/native/trainer.h"
#include "check.h"
#include "small_network.h"

using namespace lamina;

namespace {

/** Validation samples that are evaluated in three portions, between which an interrupt counts. */
constexpr size_t threeBlocks = 2500;

void testSameChunksSameWeights() {
  Trainer whole(smallOptions());
  Trainer pieces(smallOptions());
  fillBoth(whole);
  fillBoth(pieces);
  const Chunk chunk = whole.run(100, 1e9);
  CHECK(chunk.steps == 100);
  CHECK(chunk.epochs.size() == 12);
  CHECK(whole.epoch() == 12);
  CHECK(chunk.loss.back() < chunk.loss.front());
  size_t epochs = 0;
  for (int i = 0; i < 20; ++i) epochs += pieces.run(5, 1e9).epochs.size();
  CHECK(epochs == 12);
  CHECK(sameWeights(whole, pieces));
}

TrainerOptions scheduledOptions() {
  TrainerOptions options = smallOptions();
  options.epochs = 6;
  options.schedule.type = ScheduleType::cosine;
  options.schedule.warmupEpochs = 1.5;
  return options;
}

/** A schedule is the same as a hand that sets, before each step, the rate it says. */
void testSchedules() {
  for (const ScheduleType type :
       {ScheduleType::step, ScheduleType::exponential, ScheduleType::cosine, ScheduleType::reduceOnPlateau}) {
    TrainerOptions options = scheduledOptions();
    options.schedule.type = type;
    options.schedule.factor = 0.5;
    options.schedule.endShare = 0.01;
    // So large that the loss has plateaus.
    options.optimizer.learningRate = 0.5;
    Trainer scheduled(options);
    Trainer whole(options);
    options.schedule = {};
    Trainer byHand(options);
    for (const Trainer* trainer : {&scheduled, &whole, &byHand}) fillBoth(*trainer);
    double rate = 0;
    for (int i = 0; i < 6 * 8; ++i) {
      rate = scheduled.scheduledRate();
      byHand.setLearningRate(rate);
      const Chunk chunk = scheduled.run(1, 1e9);
      if (!chunk.epochs.empty()) CHECK(chunk.epochs[0].learningRate == rate);
      CHECK(byHand.run(1, 1e9).steps == 1);
    }
    CHECK(rate < 0.5);
    CHECK(sameWeights(scheduled, byHand));
    CHECK(byHand.scheduledRate() == rate);
    whole.run(6 * 8, 1e9);
    CHECK(sameWeights(whole, scheduled));
  }
}

/** Epochs and rate changed under way count from the next step on. */
void testChangedPlans() {
  Trainer changed(scheduledOptions());
  TrainerOptions options = scheduledOptions();
  options.epochs = 9;
  options.optimizer.learningRate = 0.03;
  Trainer longer(options);
  fillBoth(changed);
  fillBoth(longer);
  changed.run(20, 1e9);
  longer.run(20, 1e9);
  CHECK(changed.scheduledRate() < longer.scheduledRate() / 3);
  changed.setEpochs(9);
  changed.setLearningRate(0.03);
  CHECK(changed.scheduledRate() == longer.scheduledRate());
  // To the end of the fourth epoch of 8 steps.
  CHECK(changed.run(12, 1e9).epochs.back().learningRate == longer.run(12, 1e9).epochs.back().learningRate);
  changed.setEpochs(4);
  CHECK(changed.scheduledRate() == 0);
}

/** Weights that all but stay as they are: no epoch's loss is better than the first's. */
TrainerOptions stoppingOptions() {
  TrainerOptions options = smallOptions();
  options.optimizer.kind = OptimizerKind::sgd;
  options.optimizer.learningRate = 1e-30;
  options.earlyStopping = EarlyStoppingSettings{3, 0};
  return options;
}

/** Whether the best weights of `trainer` are the current ones of `current`. */
bool isBest(const Trainer& trainer, const Trainer& current) {
  for (size_t layer = 0; layer < trainer.plan().layers().size(); ++layer) {
    const float* const weights = current.weights(layer);
    const size_t count = trainer.plan().layers()[layer].weights;
    if (!std::equal(weights, weights + count, trainer.bestWeights(layer))) return false;
  }
  return true;
}

void testEarlyStop() {
  Trainer trainer(stoppingOptions());
  fillBoth(trainer);
  CHECK(trainer.bestEpoch() == 0);
  const Chunk first = trainer.run(1000, 1e9);
  CHECK(first.stoppedEarly);
  CHECK(first.epochs.size() == 4);
  CHECK(first.steps == 4 * 8);
  CHECK(trainer.bestEpoch() == 1);
  Trainer oneEpoch(stoppingOptions());
  fillBoth(oneEpoch);
  CHECK(oneEpoch.run(8, 1e9).epochs.size() == 1);

  // Patience starts anew, and weights that go on changing do not touch the best ones.
  trainer.setLearningRate(100);
  const Chunk second = trainer.run(1000, 1e9);
  CHECK(second.stoppedEarly);
  CHECK(second.epochs.size() == 3);
  CHECK(trainer.bestEpoch() == 1);
  CHECK(isBest(trainer, oneEpoch));
  CHECK(!isBest(trainer, trainer));

  // The training loss is looked at where there are no validation samples; it is smaller with every epoch here.
  TrainerOptions options = stoppingOptions();
  options.validationCount = 0;
  options.optimizer.learningRate = 0.1;
  Trainer improving(options);
  fillBoth(improving);
  const Chunk chunk = improving.run(80, 1e9);
  CHECK(!chunk.stoppedEarly);
  CHECK(improving.bestEpoch() == 10);
  CHECK(isBest(improving, improving));

  Trainer without(smallOptions());
  fillBoth(without);
  CHECK(!without.run(1000, 1e9).stoppedEarly);
  CHECK(without.bestEpoch() == 0);
}

/** An epoch whose evaluation is cut off counts once, and when it is finished. */
void testInterruptedEpochsCountOnce() {
  TrainerOptions options = stoppingOptions();
  options.batchSize = 50;
  options.validationCount = threeBlocks;
  options.schedule.type = ScheduleType::reduceOnPlateau;
  options.schedule.factor = 0.5;
  options.schedule.patience = 1;
  Trainer trainer(options);
  fillBoth(trainer);
  const double rate = options.optimizer.learningRate;
  const std::vector<double> ratesAfter = {rate, rate, rate / 2, rate / 2};
  for (size_t epoch = 1; epoch <= 4; ++epoch) {
    const double before = trainer.scheduledRate();
    trainer.interrupt();
    const Chunk cut = trainer.run(1, 1e9);
    CHECK(cut.steps == 1);
    CHECK(cut.epochs.empty());
    CHECK(!cut.stoppedEarly);
    CHECK(trainer.scheduledRate() == before);
    // Interrupted once more: the evaluation goes on by a block at least, and needs three.
    CHECK(trainer.run(1, 1e9).epochs.empty());
    CHECK(trainer.bestEpoch() == (epoch == 1 ? 0U : 1U));
    trainer.prepareRun();
    const Chunk rest = trainer.run(0, 1e9);
    CHECK(rest.epochs.size() == 1);
    CHECK(rest.epochs[0].learningRate == before);
    CHECK(rest.stoppedEarly == (epoch == 4));
    CHECK(trainer.scheduledRate() == ratesAfter[epoch - 1]);
    CHECK(trainer.bestEpoch() == 1);
  }
}

/** What other threads may do while one trains; a thread sanitizer watches. */
void testOtherThreads() {
  TrainerOptions options = scheduledOptions();
  options.earlyStopping = EarlyStoppingSettings{1000000, 0};
  Trainer trainer(options);
  fillBoth(trainer);
  std::atomic<bool> training{true};
  std::thread thread([&] {
    for (int i = 0; i < 50; ++i) trainer.run(1000, 1e9);
    training = false;
  });
  uint64_t seen = 0;
  while (training) {
    trainer.setLearningRate(0.02);
    trainer.setEpochs(200);
    CHECK(trainer.scheduledRate() <= 0.02);
    trainer.interrupt();
    CHECK(trainer.step() >= seen);
    seen = trainer.step();
    CHECK(trainer.epoch() <= seen);
  }
  thread.join();
  trainer.prepareRun();
  CHECK(trainer.run(3, 1e9).steps == 3);
}

/** An evaluation cut off by an interrupt is finished by the next run, and comes out the same. */
void testInterruptedEvaluation() {
  TrainerOptions options = smallOptions();
  options.batchSize = 50;
  options.validationCount = threeBlocks;
  Trainer interrupted(options);
  Trainer whole(options);
  fillBoth(whole);
  fillBoth(interrupted);
  interrupted.interrupt();
  const Chunk cut = interrupted.run(1, 1e9);
  CHECK(cut.steps == 1);
  CHECK(cut.epochs.empty());
  CHECK(interrupted.epoch() == 0);
  interrupted.prepareRun();
  const Chunk rest = interrupted.run(0, 1e9);
  CHECK(rest.steps == 0);
  CHECK(rest.epochs.size() == 1);
  const Chunk expected = whole.run(1, 1e9);
  CHECK(rest.epochs[0].validation->loss == expected.epochs[0].validation->loss);
  CHECK(rest.epochs[0].train.loss == expected.epochs[0].train.loss);
  CHECK(interrupted.epoch() == 1);
}

/** A step that would make weights that are not finite is not made: weights, count and the next loss are as before. */
void testFailedStep(double learningRate, Quantity quantity) {
  TrainerOptions options = smallOptions();
  options.optimizer.kind = OptimizerKind::momentum;
  options.optimizer.momentum = 0.9;
  Trainer failing(options);
  Trainer other(options);
  fillBoth(failing);
  fillBoth(other);
  failing.run(3, 1e9);
  other.run(3, 1e9);
  failing.setLearningRate(learningRate);
  const Chunk chunk = failing.run(5, 1e9);
  CHECK(chunk.steps == 0);
  CHECK(chunk.failure && chunk.failure->quantity == quantity && chunk.failure->step == 4);
  CHECK(failing.step() == 3);
  CHECK(sameWeights(failing, other));
  failing.setLearningRate(0.01);
  CHECK(failing.run(1, 1e9).loss == other.run(1, 1e9).loss);
}

void testAbandon() {
  Trainer trainer(smallOptions());
  fill(trainer.train());
  trainer.abandon();
  CHECK_THROWS(trainer.evaluate(trainer.train().view()), ErrorCode::cancelled);
  CHECK(trainer.run(100, 1e9).steps == 1);
}

/** A value of several consumers, operations the loss never sees, and activations on X. */
void testGraphs() {
  TrainerOptions options = smallOptions();
  options.network.operations = {activation(0, 4, ActivationFunction::gelu), dense(1, 4, 6),  dense(2, 6, 5),
                                activation(2, 6, ActivationFunction::relu), dense(4, 6, 3), dense(2, 6, 6),
                                activation(5, 3, ActivationFunction::softmax)};
  options.optimizer.kind = OptimizerKind::sgd;
  Trainer trainer(options);
  fillBoth(trainer);
  const std::vector<float> before(trainer.weights(1), trainer.weights(1) + trainer.plan().layers()[1].weights);
  const Chunk chunk = trainer.run(20, 1e9);
  CHECK(chunk.steps == 20);
  for (size_t s = 0; s < 20; ++s) {
    CHECK(chunk.gradientNorms[s * 4] > 0);
    CHECK(chunk.gradientNorms[s * 4 + 1] == 0);
    CHECK(chunk.gradientNorms[s * 4 + 3] == 0);
  }
  for (size_t i = 0; i < before.size(); ++i) CHECK(trainer.weights(1)[i] == before[i]);

  options.network.operations = {activation(0, 4, ActivationFunction::softmax)};
  options.network.outputs = 4;
  Trainer weightless(options);
  CHECK(weightless.run(10, 1e9).steps == 10);
  CHECK(weightless.trace(weightless.train().view()).loss == 0);
}

}  // namespace

void testTrainer() {
  testSameChunksSameWeights();
  testOtherThreads();
  testSchedules();
  testChangedPlans();
  testEarlyStop();
  testInterruptedEpochsCountOnce();
  testFailedStep(1e30, Quantity::weights);
  testFailedStep(1e300, Quantity::learningRate);
  testInterruptedEvaluation();
  testAbandon();
  testGraphs();
}
