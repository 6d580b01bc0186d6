#include "plan.h"

#include <algorithm>
#include <utility>

namespace lamina {

Parameters::Parameters(const std::vector<Layer>& layerList, size_t states)
    : layers(layerList.size()), arena_(layout(layerList, states)) {
  Layout buffers;
  for (size_t l = 0; l < layers.size(); ++l) {
    layers[l].weights = arena_.at(buffers.add(layerList[l].weights));
    layers[l].gradient = arena_.at(buffers.add(layerList[l].weights));
    for (size_t s = 0; s < states; ++s) layers[l].state[s] = arena_.at(buffers.add(layerList[l].weights));
  }
}

Layout Parameters::layout(const std::vector<Layer>& layerList, size_t states) {
  Layout buffers;
  for (const Layer& layer : layerList) {
    for (size_t array = 0; array < 2 + states; ++array) buffers.add(layer.weights);
  }
  return buffers;
}

void Parameters::adoptNext() noexcept {
  for (Entry& entry : layers) std::swap(entry.weights, entry.gradient);
}

namespace {

size_t scratchFloats(const Plan& plan, const Kernels& kernels, size_t capacity) {
  size_t floats = 0;
  for (const Layer& layer : plan.layers()) {
    floats = std::max(floats, kernels.denseScratch(capacity, layer.inputs, layer.units));
  }
  return floats;
}

}  // namespace

Pass::Pass(const Plan& plan, const Kernels& kernels, size_t capacity, bool backward)
    : arena_(layout(plan, kernels, capacity, backward)),
      capacity_(capacity),
      values_(plan.units().size(), nullptr),
      gradients_(plan.units().size(), nullptr) {
  Layout buffers;
  for (size_t value = 1; value < plan.units().size(); ++value) {
    values_[value] = arena_.at(buffers.add(capacity * plan.units()[value]));
    if (backward) gradients_[value] = arena_.at(buffers.add(capacity * plan.units()[value]));
  }
  scratch_ = arena_.at(buffers.add(scratchFloats(plan, kernels, capacity)));
}

Layout Pass::layout(const Plan& plan, const Kernels& kernels, size_t capacity, bool backward) {
  Layout buffers;
  for (size_t value = 1; value < plan.units().size(); ++value) {
    for (int array = 0; array < (backward ? 2 : 1); ++array) {
      buffers.add(checkedMultiply(capacity, plan.units()[value]));
    }
  }
  buffers.add(scratchFloats(plan, kernels, capacity));
  return buffers;
}

Plan::Plan(const Network& network, const Kernels& kernels)
    : kernels_(kernels), loss_(network.loss), lossValue_(network.operations.size()) {
  checkNetwork(network);
  units_.push_back(network.inputs);
  for (const Operation& operation : network.operations) {
    Step step{};
    step.type = operation.type;
    step.input = operation.input;
    step.output = units_.size();
    step.inputs = units_[operation.input];
    step.units = operation.units;
    step.handsBack = operation.input > 0;
    if (operation.type == Operation::Type::dense) {
      step.layer = layers_.size();
      const size_t weights = checkedMultiply(operation.units, operation.inputs + 1);
      layers_.push_back({operation.inputs, operation.units, operation.initializer, weights});
    } else {
      step.activate = kernels.activate[static_cast<size_t>(operation.function)];
      step.activateBackward = kernels.activateBackward[static_cast<size_t>(operation.function)];
    }
    forward_.push_back(step);
    units_.push_back(operation.units);
  }

  // Fused, the loss's gradient starts at the scores; a softmax or sigmoid straight on X has none that anyone wants.
  const Operation& last = network.operations.back();
  if (last.type == Operation::Type::activation) {
    if (last.function == ActivationFunction::softmax && loss_ == Loss::crossEntropy) {
      fusion_ = Fusion::softmaxCrossEntropy;
    } else if (last.function == ActivationFunction::sigmoid && loss_ == Loss::binaryCrossEntropy) {
      fusion_ = Fusion::sigmoidBinaryCrossEntropy;
    }
    if (fusion_ != Fusion::none) lossValue_ = last.input;
  }

  // Walking back from the loss: the first consumer to hand a gradient back writes it, every later one adds to it.
  std::vector<bool> written(units_.size(), false);
  written[lossValue_] = true;
  for (size_t index = forward_.size(); index-- > 0;) {
    Step step = forward_[index];
    const bool fused = fusion_ != Fusion::none && index + 1 == forward_.size();
    if (!fused && !written[step.output] && step.type == Operation::Type::dense) unreached_.push_back(step.layer);
    if (fused || !written[step.output]) continue;
    if (step.handsBack) {
      step.accumulates = written[step.input];
      written[step.input] = true;
    } else if (step.type == Operation::Type::activation) {
      continue;
    }
    backward_.push_back(step);
  }
}

void Plan::forward(const Parameters& parameters, const Pass& pass, size_t rows) const noexcept {
  for (const Step& step : forward_) {
    const float* const input = pass.value(step.input);
    float* const output = pass.made(step.output);
    if (step.type == Operation::Type::dense) {
      kernels_.denseForward(rows, step.inputs, step.units, parameters.layers[step.layer].weights, input, output,
                            pass.scratch());
    } else {
      step.activate(rows, step.units, input, output);
    }
  }
}

double Plan::lossSum(const Pass& pass, const float* targets, size_t rows) const noexcept {
  const float* const scores = pass.value(lossValue_);
  switch (fusion_) {
    case Fusion::softmaxCrossEntropy:
      return kernels_.softmaxCrossEntropySum(rows, outputs(), scores, predictions(pass), targets);
    case Fusion::sigmoidBinaryCrossEntropy:
      return kernels_.sigmoidBinaryCrossEntropySum(rows, outputs(), scores, targets);
    case Fusion::none: break;
  }
  return kernels_.lossSum[static_cast<size_t>(loss_)](rows, outputs(), predictions(pass), targets);
}

void Plan::outputGradient(const Pass& pass, const float* targets, size_t rows) const noexcept {
  kernels_.lossGradient[static_cast<size_t>(loss_)](rows, outputs(), predictions(pass), targets,
                                                    pass.gradient(units_.size() - 1));
}

void Plan::backward(const Parameters& parameters, const Pass& pass, const float* targets, size_t rows) const noexcept {
  if (fusion_ == Fusion::none) {
    outputGradient(pass, targets, rows);
  } else if (lossValue_ > 0) {
    const double samples = static_cast<double>(rows);
    const double shares = fusion_ == Fusion::softmaxCrossEntropy ? samples : samples * static_cast<double>(outputs());
    kernels_.fusedLossGradient(rows * outputs(), predictions(pass), targets, static_cast<float>(1 / shares),
                               pass.gradient(lossValue_));
  }
  for (const size_t layer : unreached_) {
    std::fill_n(parameters.layers[layer].gradient, layers_[layer].weights, 0.0F);
  }
  for (const Step& step : backward_) {
    const float* const input = pass.value(step.input);
    const float* const gradient = pass.gradient(step.output);
    if (step.type == Operation::Type::dense) {
      const Parameters::Entry& layer = parameters.layers[step.layer];
      kernels_.denseWeightGradient(rows, step.inputs, step.units, gradient, input, layer.gradient, pass.scratch());
      if (step.handsBack) {
        kernels_.denseInputGradient(rows, step.inputs, step.units, layer.weights, gradient, pass.gradient(step.input),
                                    step.accumulates, pass.scratch());
      }
    } else {
      step.activateBackward(rows, step.units, input, pass.value(step.output), gradient, pass.gradient(step.input),
                            step.accumulates);
    }
  }
}

}  // namespace lamina
