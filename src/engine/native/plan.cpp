#include "plan.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lamina {
namespace {

/** Rows of W that are worked on together, at most. */
constexpr size_t rowsPerBlock = 56;
/** Rows of Z and of G at most: fewer, so that a thread which was kept from running leaves the others less to wait for. */
constexpr size_t rowsPerPiece = 32;
/**
 * Multiplications and additions, some 10 µs of one thread: a network none of whose products has so many is computed by
 * one thread, because waking another would take as long.
 */
constexpr double worthThreads = 2e6;
/** Where other threads are awake, dividing fewer than these among them pays as well. */
constexpr double leastShared = 4e5;
/** Shares of a product whose units are too few to divide: an even number, because each transposes E anew. */
constexpr size_t sharesOfFew = 2;

static_assert(rowsPerBlock <= largestRowBlock && fewestDivided <= largestRowBlock, "a block is one call of the weight gradient's kernel");

/** An even number of blocks, so that two threads get equal shares. */
Parts rowBlocks(size_t rows, size_t most) {
  if (rows < fewestDivided) return Parts(rows, 1);
  return Parts(rows, (rows + 2 * most - 1) / (2 * most) * 2);
}

double productWork(size_t samples, size_t inputs, size_t units) {
  return 2.0 * static_cast<double>(samples) * static_cast<double>(inputs) * static_cast<double>(units);
}

}  // namespace

template <class Body>
void Plan::overBlocks(const Pass& pass, const Parts& blocks, double work, Threads& threads,
                      const Body& body) noexcept {
  if (work < pass.worthSharing()) {
    for (size_t block = 0; block < blocks.count(); ++block) body(block, size_t{0});
  } else {
    threads.forEach(blocks.count(), body);
  }
}

double Plan::worthSharing(size_t samples) const noexcept {
  if (sharesAlways_) return 0;
  return isWorthThreads(samples) ? leastShared : std::numeric_limits<double>::infinity();
}

Plan::Plan(const Network& network, const Kernels& kernels, bool sharesAlways)
    : kernels_(kernels), sharesAlways_(sharesAlways), loss_(network.loss), lossValue_(network.operations.size()) {
  checkNetwork(network);
  units_.push_back(network.inputs);
  learns_.push_back(false);
  for (const Operation& operation : network.operations) addStep(operation);
  fuseLoss(network.operations.back());
  planBackward();
  planForward();
}

void Plan::addStep(const Operation& operation) {
  Step step;
  step.type = operation.type;
  step.input = operation.input;
  step.output = units_.size();
  step.inputs = units_[operation.input];
  step.units = operation.units;
  step.handsBack = learns_[operation.input];
  switch (operation.type) {
    case Operation::Type::dense: {
      const size_t weights = checkedMultiply(operation.units, operation.inputs + 1);
      step.ordinal = layers_.size();
      step.unitBlocks = rowBlocks(operation.units, rowsPerPiece);
      step.inputBlocks = rowBlocks(operation.inputs, rowsPerPiece);
      layers_.push_back({operation.inputs, operation.units, operation.initializer, weights,
                         rowBlocks(operation.units, rowsPerBlock), blocks_});
      blocks_ += layers_.back().blocks.count();
      break;
    }
    case Operation::Type::activation: step.function = operation.function; break;
    case Operation::Type::dropout:
      step.ordinal = dropouts_++;
      step.threshold = static_cast<uint32_t>(operation.rate * 0x1p32);
      step.scale = static_cast<float>(1 / (1 - operation.rate));
      break;
  }
  forward_.push_back(step);
  units_.push_back(operation.units);
  learns_.push_back(operation.type == Operation::Type::dense || learns_[operation.input]);
}

/** Fused, the loss's gradient starts at the scores; a softmax or sigmoid straight on X has none that anyone wants. */
void Plan::fuseLoss(const Operation& last) {
  if (last.type != Operation::Type::activation) return;
  if (last.function == ActivationFunction::softmax && loss_ == Loss::crossEntropy) {
    fusion_ = Fusion::softmaxCrossEntropy;
  } else if (last.function == ActivationFunction::sigmoid && loss_ == Loss::binaryCrossEntropy) {
    fusion_ = Fusion::sigmoidBinaryCrossEntropy;
  }
  if (fusion_ != Fusion::none) lossValue_ = last.input;
}

/**
 * Walks back from the loss: the first consumer to hand a gradient back writes it, every later one adds to it. A dense
 * operation whose input is an activation that nothing else takes goes on through that activation: its E overwrites G,
 * which nobody wants, in the buffer of both.
 */
void Plan::planBackward() {
  std::vector<size_t> consumers(units_.size(), 0);
  for (const Step& step : forward_) ++consumers[step.input];
  std::vector<bool> written(units_.size(), false);
  written[lossValue_] = true;
  gradientPlace_.resize(units_.size());
  for (size_t value = 0; value < units_.size(); ++value) gradientPlace_[value] = value;
  std::vector<bool> done(units_.size(), false);

  for (size_t index = forward_.size(); index-- > 0;) {
    Step step = forward_[index];
    const bool fusedWithLoss = fusion_ != Fusion::none && index + 1 == forward_.size();
    if (fusedWithLoss || done[step.output]) continue;
    if (!written[step.output]) {
      if (step.type == Operation::Type::dense) unreached_.push_back(step.ordinal);
      continue;
    }
    if (step.input > 0) {
      step.accumulates = written[step.input];
      written[step.input] = true;
      // Operation i makes value i + 1.
      const Step& maker = forward_[step.input - 1];
      if (step.type == Operation::Type::dense && isElementwise(maker) && maker.handsBack &&
          consumers[maker.output] == 1 && consumers[maker.input] == 1 && maker.output != lossValue_ &&
          maker.input != lossValue_) {
        step.fused = FusedActivation{maker.function, maker.input, maker.output};
        written[maker.input] = true;
        gradientPlace_[maker.output] = maker.input;
        done[maker.output] = true;
      }
    } else if (step.type != Operation::Type::dense) {
      continue;
    }
    backward_.push_back(step);
  }
  for (size_t value = 0; value < units_.size(); ++value) hasGradient_.push_back(written[value] && learns_[value]);
  hasGradient_[lossValue_] = true;
}

/** An activation of a dense operation's scores is computed with them, as far as it is one of single elements. */
void Plan::planForward() {
  std::vector<Step> steps;
  std::vector<bool> done(units_.size(), false);
  for (size_t index = 0; index < forward_.size(); ++index) {
    Step step = forward_[index];
    if (step.type == Operation::Type::dense) {
      const auto consumer = std::find_if(forward_.begin(), forward_.end(), [this, &step](const Step& later) {
        return later.input == step.output && isElementwise(later);
      });
      if (consumer != forward_.end()) {
        step.fused = FusedActivation{consumer->function, consumer->input, consumer->output};
        done[consumer->output] = true;
      }
    }
    if (!done[step.output]) steps.push_back(step);
  }
  forward_ = std::move(steps);
}

bool Plan::isElementwise(const Step& step) const {
  return step.type == Operation::Type::activation && kernels_.activate[static_cast<size_t>(step.function)] != nullptr;
}

bool Plan::isWorthThreads(size_t samples) const noexcept {
  return sharesAlways_ || std::any_of(layers_.begin(), layers_.end(), [samples](const Layer& layer) {
    return productWork(samples, layer.inputs, layer.units) >= worthThreads;
  });
}

void Plan::load(const Pass& pass, const SampleView& samples, Threads& threads) const noexcept {
  const Panels panels = pass.panels(samples.count);
  const double numbers = static_cast<double>(samples.count) * static_cast<double>(inputs());
  // Moving a number takes as long as some thirty multiplications.
  overBlocks(pass, Parts(panels.count(), panels.count()), 30 * numbers, threads, [&](size_t panel, size_t) {
    const size_t first = panel * panels.width;
    const uint32_t* const order = samples.order == nullptr ? nullptr : samples.order + first;
    const auto gather = [&](size_t units, const float* table, float* to) {
      kernels_.gatherPanel(units, panels.width, panels.columns(panel),
                           samples.order == nullptr ? table + first * units : table, order, to + first * units);
    };
    gather(inputs(), samples.features, pass.value(0));
    if (pass.transposed(0) != nullptr) {
      kernels_.packSamples(inputs(), samples.count, first, first + panels.columns(panel), samples.features,
                           samples.order, pass.transposed(0));
    }
    if (samples.targets != nullptr) gather(outputs(), samples.targets, pass.targets());
    if (samples.weights != nullptr) gather(1, samples.weights, pass.weights());
  });
}

void Plan::forward(const Parameters& parameters, const Pass& pass, size_t samples, Threads& threads,
                   const DropoutState* dropout) const noexcept {
  const Panels panels = pass.panels(samples);
  for (const Step& step : forward_) {
    switch (step.type) {
      case Operation::Type::dense: forwardDense(step, parameters, pass, panels, threads); break;
      case Operation::Type::activation: activate(step, pass, panels); break;
      case Operation::Type::dropout:
        if (dropout == nullptr) {
          std::copy_n(pass.value(step.input), numbersOf(step, panels), pass.value(step.output));
        } else {
          drop(step, pass, panels, *dropout, threads);
        }
        break;
    }
    pack(step.output, pass, panels, threads);
    if (step.fused) pack(step.fused->output, pass, panels, threads);
  }
}

/** Makes a value's transposed copy where the pass wants one. */
void Plan::pack(size_t value, const Pass& pass, const Panels& panels, Threads& threads) const noexcept {
  if (pass.transposed(value) == nullptr) return;
  packInputs({panels, units_[value], 0, nullptr, pass.value(value), 0, panels.samples, pass.transposed(value), nullptr, false},
             pass, threads);
}

void Plan::packInputs(const DenseWeightGradient& product, const Pass& pass, Threads& threads) const noexcept {
  const Parts inputPanels(panelsOf(product.inputs), panelsOf(product.inputs));
  // Moving a number takes as long as some thirty multiplications.
  const double work = 30.0 * static_cast<double>(product.samples) * static_cast<double>(product.inputs);
  overBlocks(pass, inputPanels, work, threads,
             [&](size_t panel, size_t) { kernels_.packInputs(product, panel, panel + 1); });
}

void Plan::backward(const Parameters& parameters, const Pass& pass, const SampleView& samples, Threads& threads,
                    double* squares) const noexcept {
  const Panels panels = pass.panels(samples.count);
  lossGradient(pass, samples);
  for (const size_t layer : unreached_) {
    std::fill_n(parameters.layers[layer].gradient, layers_[layer].weights, 0.0F);
    std::fill_n(squares + layers_[layer].firstBlock, layers_[layer].blocks.count(), 0.0);
  }
  const bool traces = pass.use() == PassUse::trace;
  for (const Step& step : backward_) {
    const bool handsBack = step.handsBack || (traces && step.input > 0);
    if (!handsBack && step.type != Operation::Type::dense) continue;
    switch (step.type) {
      case Operation::Type::dense:
        weightGradient(step, parameters, pass, panels, threads, squares);
        if (handsBack) inputGradient(step, parameters, pass, panels, threads);
        break;
      case Operation::Type::activation: activateBackward(step, pass, panels); break;
      case Operation::Type::dropout:
        kernels_.multiplyElements(numbersOf(step, panels), pass.gradient(step.output), pass.mask(step.output),
                                  pass.gradient(step.input), step.accumulates);
        break;
    }
  }
  // Those of small layers last: a processor waits for what it has only just written in other pieces.
  for (size_t l = 0; l < layers_.size(); ++l) {
    double& unknown = squares[layers_[l].firstBlock];
    if (layers_[l].blocks.count() > 1 || !(unknown < 0)) continue;
    unknown = kernels_.squaredNorm(layers_[l].weights, parameters.layers[l].gradient);
  }
}

void Plan::forwardDense(const Step& step, const Parameters& parameters, const Pass& pass, const Panels& panels,
                        Threads& threads) const noexcept {
  DenseForward product{panels,          step.inputs, step.units, parameters.layers[step.ordinal].weights,
                       pass.value(step.input), pass.value(step.output), nullptr, nullptr};
  if (step.fused) {
    product.activate = kernels_.activate[static_cast<size_t>(step.fused->function)];
    product.activated = pass.value(step.fused->output);
  }
  overBlocks(pass, step.unitBlocks, productWork(panels.samples, step.inputs, step.units), threads,
             [&](size_t block, size_t) {
               const size_t first = step.unitBlocks.start(block);
               kernels_.denseForward(product, first, first + step.unitBlocks.size(block));
             });
}

void Plan::weightGradient(const Step& step, const Parameters& parameters, const Pass& pass, const Panels& panels,
                          Threads& threads, double* squares) const noexcept {
  const Layer& layer = layers_[step.ordinal];
  float* const gradient = parameters.layers[step.ordinal].gradient;
  DenseWeightGradient product{panels, step.inputs,    step.units,                  pass.gradient(step.output), pass.value(step.input),
                              0,      panels.samples, pass.transposed(step.input), gradient, true};
  if (layer.blocks.count() == 1) {
    const double work = productWork(panels.samples, step.inputs, step.units);
    const size_t inputPanels = panelsOf(step.inputs);
    if (work < pass.worthSharing()) {
      squares[layer.firstBlock] = kernels_.denseWeightGradientOfFew(product, 0, inputPanels, pass.scratch(0));
      return;
    }
    const Parts shares(inputPanels, std::min(inputPanels, sharesOfFew));
    overBlocks(pass, shares, work, threads, [&](size_t share, size_t thread) {
      const size_t first = shares.start(share);
      kernels_.denseWeightGradientOfFew(product, first, first + shares.size(share), pass.scratch(thread));
    });
    squares[layer.firstBlock] = -1;
    return;
  }
  const bool packed = product.packed != nullptr;
  if (!packed) product.packed = pass.packed();
  for (; product.firstSample < panels.samples; product.firstSample += samplesPacked) {
    product.samples = std::min(samplesPacked, panels.samples - product.firstSample);
    const bool ends = product.firstSample + product.samples == panels.samples;
    const double work = productWork(product.samples, step.inputs, step.units);
    if (!packed) packInputs(product, pass, threads);
    overBlocks(pass, layer.blocks, work, threads, [&](size_t block, size_t thread) {
      kernels_.denseWeightGradient(product, layer.firstUnit(block), layer.lastUnit(block), pass.scratch(thread));
      if (!ends) return;
      // While it is in the cache: a look at all of it later would cost its way through memory.
      squares[layer.firstBlock + block] =
          kernels_.squaredNorm(layer.blockWeights(block), gradient + layer.offset(block));
    });
  }
}

void Plan::inputGradient(const Step& step, const Parameters& parameters, const Pass& pass, const Panels& panels,
                         Threads& threads) const noexcept {
  DenseInputGradient product{panels,
                             step.inputs,
                             step.units,
                             parameters.layers[step.ordinal].weights,
                             pass.gradient(step.output),
                             pass.gradient(step.input),
                             step.accumulates,
                             nullptr,
                             nullptr,
                             nullptr,
                             nullptr};
  if (step.fused) {
    product.backward = kernels_.activateBackward[static_cast<size_t>(step.fused->function)];
    product.z = pass.value(step.fused->input);
    product.a = pass.value(step.fused->output);
    product.behind = pass.gradient(step.fused->input);
  }
  overBlocks(pass, step.inputBlocks, productWork(panels.samples, step.inputs, step.units), threads,
             [&](size_t block, size_t thread) {
               const size_t first = step.inputBlocks.start(block);
               kernels_.denseInputGradient(product, first, first + step.inputBlocks.size(block),
                                           pass.scratch(thread));
             });
}

void Plan::activate(const Step& step, const Pass& pass, const Panels& panels) const noexcept {
  const Activate elementwise = kernels_.activate[static_cast<size_t>(step.function)];
  if (elementwise != nullptr) {
    elementwise(numbersOf(step, panels), pass.value(step.input), pass.value(step.output));
  } else {
    kernels_.softmax(panels, step.units, pass.value(step.input), pass.value(step.output));
  }
}

void Plan::activateBackward(const Step& step, const Pass& pass, const Panels& panels) const noexcept {
  const ActivateBackward elementwise = kernels_.activateBackward[static_cast<size_t>(step.function)];
  const float* const a = pass.value(step.output);
  const float* const g = pass.gradient(step.output);
  float* const e = pass.gradient(step.input);
  if (elementwise != nullptr) {
    elementwise(numbersOf(step, panels), pass.value(step.input), a, g, e, step.accumulates);
  } else {
    kernels_.softmaxBackward(panels, step.units, a, g, e, step.accumulates);
  }
}

void Plan::drop(const Step& step, const Pass& pass, const Panels& panels, const DropoutState& dropout,
                Threads& threads) const noexcept {
  const DropoutDraw draw{dropout.seed, static_cast<uint32_t>(step.ordinal), dropout.step, step.threshold, step.scale};
  const size_t numbers = step.units * panels.width;
  // A random number takes as long as some hundred multiplications.
  overBlocks(pass, Parts(panels.count(), panels.count()), 100.0 * static_cast<double>(numbersOf(step, panels)), threads,
             [&](size_t panel, size_t) {
               const size_t offset = panel * numbers;
               float* const mask = pass.mask(step.output) + offset;
               kernels_.dropoutMask(draw, panel * panels.width, panels.width, step.units, mask);
               kernels_.multiplyElements(numbers, pass.value(step.input) + offset, mask,
                                         pass.value(step.output) + offset, false);
             });
}

size_t Plan::numbersOf(const Step& step, const Panels& panels) noexcept {
  return panels.count() * panels.width * step.units;
}

}  // namespace lamina
