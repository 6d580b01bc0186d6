#pragma once

#include <algorithm>
#include <vector>

#include "../../../src/engine/native/trainer.h"

/** A network small enough to train in a test, and its samples. */

inline lamina::Operation dense(size_t input, size_t inputs, size_t units) {
  lamina::Operation operation;
  operation.type = lamina::Operation::Type::dense;
  operation.input = input;
  operation.inputs = inputs;
  operation.units = units;
  operation.initializer = lamina::Initializer::he;
  return operation;
}

inline lamina::Operation activation(size_t input, size_t units, lamina::ActivationFunction function) {
  lamina::Operation operation;
  operation.type = lamina::Operation::Type::activation;
  operation.input = input;
  operation.inputs = units;
  operation.units = units;
  operation.function = function;
  return operation;
}

/** 4 features, a hidden layer, 3 classes; validated after every epoch. */
inline lamina::TrainerOptions smallOptions() {
  lamina::TrainerOptions options;
  options.network.inputs = 4;
  options.network.outputs = 3;
  options.network.operations = {dense(0, 4, 17), activation(1, 17, lamina::ActivationFunction::tanh), dense(2, 17, 3),
                                activation(3, 3, lamina::ActivationFunction::softmax)};
  options.optimizer.kind = lamina::OptimizerKind::adam;
  options.optimizer.learningRate = 0.01;
  options.batchSize = 7;
  options.seed = 1;
  options.trainCount = 50;
  options.validationCount = 130;
  return options;
}

/** The class shows in the first feature. */
inline void fill(const lamina::Samples& samples) {
  for (size_t i = 0; i < samples.count(); ++i) {
    for (size_t k = 0; k < 4; ++k) samples.features()[i * 4 + k] = static_cast<float>((i * (k + 3)) % 11) / 5 - 1;
    samples.features()[i * 4] = static_cast<float>(i % 3) - 1;
    for (size_t k = 0; k < 3; ++k) samples.targets()[i * 3 + k] = i % 3 == k ? 1.0F : 0.0F;
  }
}

inline void fillBoth(const lamina::Trainer& trainer) {
  fill(trainer.train());
  fill(trainer.validation());
}

inline bool sameWeights(const lamina::Trainer& one, const lamina::Trainer& other) {
  for (size_t layer = 0; layer < one.plan().layers().size(); ++layer) {
    const size_t count = one.plan().layers()[layer].weights;
    if (!std::equal(one.weights(layer), one.weights(layer) + count, other.weights(layer))) return false;
  }
  return true;
}

inline lamina::Operation dropout(size_t input, size_t units, double rate) {
  lamina::Operation operation;
  operation.type = lamina::Operation::Type::dropout;
  operation.input = input;
  operation.inputs = units;
  operation.units = units;
  operation.rate = rate;
  return operation;
}

/** Layers of several blocks of rows, which two threads share. */
inline lamina::TrainerOptions sharedOptions() {
  lamina::TrainerOptions options = smallOptions();
  options.network.operations = {dense(0, 4, 130),
                                activation(1, 130, lamina::ActivationFunction::relu),
                                dropout(2, 130, 0.25),
                                dense(3, 130, 70),
                                activation(4, 70, lamina::ActivationFunction::gelu),
                                dense(5, 70, 40),
                                activation(6, 40, lamina::ActivationFunction::softmax),
                                dense(7, 40, 3),
                                activation(8, 3, lamina::ActivationFunction::softmax)};
  options.batchSize = 20;
  options.threads = 2;
  options.sharesAlways = true;
  return options;
}
