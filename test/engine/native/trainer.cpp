#include "../../../src/engine/native/trainer.h"

#include <thread>
#include <vector>

#include "../../../src/engine/native/error.h"
#include "check.h"

using namespace lamina;

namespace {

Operation dense(size_t input, size_t inputs, size_t units) {
  Operation operation;
  operation.type = Operation::Type::dense;
  operation.input = input;
  operation.inputs = inputs;
  operation.units = units;
  operation.initializer = Initializer::he;
  return operation;
}

Operation activation(size_t input, size_t units, ActivationFunction function) {
  Operation operation;
  operation.type = Operation::Type::activation;
  operation.input = input;
  operation.inputs = units;
  operation.units = units;
  operation.function = function;
  return operation;
}

/** 4 features, a hidden layer, 3 classes; validated after every epoch. */
TrainerOptions smallOptions() {
  TrainerOptions options;
  options.network.inputs = 4;
  options.network.outputs = 3;
  options.network.operations = {dense(0, 4, 17), activation(1, 17, ActivationFunction::tanh), dense(2, 17, 3),
                                activation(3, 3, ActivationFunction::softmax)};
  options.optimizer.kind = OptimizerKind::adam;
  options.optimizer.learningRate = 0.01;
  options.batchSize = 7;
  options.seed = 1;
  options.trainCount = 50;
  options.validationCount = 130;
  return options;
}

/** The class shows in the first feature. */
void fill(const Samples& samples) {
  for (size_t i = 0; i < samples.count(); ++i) {
    for (size_t k = 0; k < 4; ++k) samples.features()[i * 4 + k] = static_cast<float>((i * (k + 3)) % 11) / 5 - 1;
    samples.features()[i * 4] = static_cast<float>(i % 3) - 1;
    for (size_t k = 0; k < 3; ++k) samples.targets()[i * 3 + k] = i % 3 == k ? 1.0F : 0.0F;
  }
}

void testSameChunksSameWeights() {
  Trainer whole(smallOptions());
  Trainer pieces(smallOptions());
  for (const Trainer* trainer : {&whole, &pieces}) {
    fill(trainer->train());
    fill(trainer->validation());
  }
  const Chunk chunk = whole.run(100, 1e9);
  CHECK(chunk.steps == 100);
  CHECK(chunk.epochs.size() == 12);
  CHECK(whole.epoch() == 12);
  CHECK(chunk.loss.back() < chunk.loss.front());
  size_t epochs = 0;
  for (int i = 0; i < 20; ++i) epochs += pieces.run(5, 1e9).epochs.size();
  CHECK(epochs == 12);
  for (size_t layer = 0; layer < 2; ++layer) {
    for (size_t i = 0; i < whole.plan().layers()[layer].weights; ++i) {
      CHECK(whole.weights(layer)[i] == pieces.weights(layer)[i]);
    }
  }
}

/** What other threads may do while one trains; a thread sanitizer watches. */
void testThreads() {
  Trainer trainer(smallOptions());
  fill(trainer.train());
  fill(trainer.validation());
  std::atomic<bool> training{true};
  std::thread thread([&] {
    for (int i = 0; i < 50; ++i) trainer.run(1000, 1e9);
    training = false;
  });
  uint64_t seen = 0;
  while (training) {
    trainer.setLearningRate(0.02);
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
  Trainer interrupted(options);
  Trainer whole(options);
  for (const Trainer* trainer : {&whole, &interrupted}) {
    fill(trainer->train());
    fill(trainer->validation());
  }
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
  fill(trainer.train());
  fill(trainer.validation());
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

void testSizes() {
  TrainerOptions options = smallOptions();
  CHECK(Trainer::requiredBytes(options) == Trainer(options).memoryBytes());
  options.memoryLimit = 1000;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidDesign);

  options = smallOptions();
  const size_t huge = size_t{1} << 24;
  options.network.operations = {dense(0, 4, huge), dense(1, huge, huge), dense(2, huge, 3)};
  options.memoryLimit = uint64_t{1} << 40;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidDesign);
  options.trainCount = UINT32_MAX;
  options.batchSize = SIZE_MAX;
  options.network.operations.assign(4000, dense(0, 4, huge));
  options.network.outputs = huge;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidDesign);

  options = smallOptions();
  options.network.operations[2].inputs = 18;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidArgument);
  options = smallOptions();
  options.network.operations[0].input = 1;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidArgument);
  options = smallOptions();
  options.trainCount = 0;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidArgument);
}

}  // namespace

void testTrainer() {
  testSameChunksSameWeights();
  testThreads();
  testInterruptedEvaluation();
  testAbandon();
  testGraphs();
  testSizes();
}
