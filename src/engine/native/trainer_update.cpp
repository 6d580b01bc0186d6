#include <algorithm>
#include <cmath>
#include <limits>

#include "trainer.h"

namespace lamina {
namespace {

/**
 * While learning rate, gradient norms and weight norms stay below these, no update of any optimizer can leave the range
 * of float32. The largest is momentum's: ‖ΔW‖ ≤ 2 η (‖g‖ + l2 ‖W‖) / (1 − μ) ≤ 2 · 10⁴ · 2 · 10⁹ · 10⁴ = 4 · 10¹⁷. Of
 * the others |ΔW| ≤ η · 10³ for every weight (RMSprop: |g|/√s ≤ 1/√(1 − ρ); Adam and Adagrad: less), and AdamW's decay
 * makes ‖W‖ no larger than (1 + η λ) ‖W‖.
 */
constexpr double largestRate = 1e4;
constexpr double largestNorm = 1e9;
/** The catalogue's; the bounds above rest on them. */
constexpr double largestMomentum = 0.9999;
constexpr double largestDecay = 0.999999;
constexpr double largestWeightDecay = 1e4;

/** Norms beyond it are no use in float32, although their squares are added up in float64. */
bool isInRange(double squares) noexcept { return squares <= std::numeric_limits<float>::max(); }

}  // namespace

/** W ← W + ΔW for all layers or, when one stops being finite, for none; records ‖ΔW[l]‖² and, before it, ‖W[l]‖². */
std::optional<Failure> Trainer::update(double scale) {
  const double rate = nextRate();
  if (!std::isfinite(static_cast<float>(rate))) return Failure{step() + 1, Quantity::learningRate, std::nullopt};
  const UpdateStep scalars = updateStep(optimizer_, rate, scale, step() + 1);
  if (mayOverflow(rate, scale)) {
    const std::optional<Failure> failure = rehearse(scalars);
    if (failure) return failure;
  }
  updateWeights(scalars);
  for (size_t l = 0; l < plan_.layers().size(); ++l) {
    const UpdateSums sums = sumsOf(plan_.layers()[l]);
    if (!isInRange(sums.change) || !isInRange(sums.weights)) return Failure{step() + 1, Quantity::weights, l};
    record_.changes()[l] = sums.change;
    record_.weights()[l] = squaredNorms_[l];
    nextSquaredNorms_[l] = sums.weights;
  }
  parameters_.adoptNext();
  squaredNorms_.swap(nextSquaredNorms_);
  usedRate_ = rate;
  return std::nullopt;
}

UpdateSums Trainer::sumsOf(const Layer& layer) const noexcept {
  UpdateSums sums{};
  for (size_t block = 0; block < layer.blocks.count(); ++block) {
    sums.change += updateSums_[layer.firstBlock + block].change;
    sums.weights += updateSums_[layer.firstBlock + block].weights;
  }
  return sums;
}

/** Once numbers were that large, moments may hold them for long: from then on every update is suspected. */
bool Trainer::mayOverflow(double rate, double scale) noexcept {
  // What keeps no state between steps has nothing to lose: its next W is not adopted.
  if (stateArrays() == 0) return false;
  // Written so that what is not a number is suspected too.
  if (!(rate <= largestRate) || !(optimizer_.momentum <= largestMomentum) || !(optimizer_.decay <= largestDecay) ||
      !(optimizer_.weightDecay <= largestWeightDecay)) {
    extreme_ = true;
  }
  constexpr double largestSquare = largestNorm * largestNorm;
  const double gradientShare = scale * scale;
  const double weightShare = std::max(1.0, optimizer_.l2 * optimizer_.l2);
  const double* const gradientSquares = record_.gradients();
  for (size_t l = 0; l < squaredNorms_.size() && !extreme_; ++l) {
    extreme_ = !(gradientSquares[l] * gradientShare <= largestSquare) || !(squaredNorms_[l] * weightShare <= largestSquare);
  }
  return extreme_;
}

/** Blocks are independent of each other, so that room for one is enough for each thread. */
std::optional<Failure> Trainer::rehearse(const UpdateStep& scalars) {
  const size_t arrays = stateArrays();
  size_t largest = 0;
  for (const Layer& layer : plan_.layers()) {
    for (size_t block = 0; block < layer.blocks.count(); ++block) {
      largest = std::max(largest, layer.blockWeights(block));
    }
  }
  rehearsal_.resize(threads_.count());
  for (std::vector<float>& room : rehearsal_) room.resize((1 + arrays) * largest);

  const auto updateRows = kernels_.update[static_cast<size_t>(optimizer_.kind)];
  for (size_t l = 0; l < plan_.layers().size(); ++l) {
    const Layer& layer = plan_.layers()[l];
    const Parameters::Entry& entry = parameters_.layers[l];
    overBlocks(layer, [&](size_t block, size_t thread) {
      const size_t offset = layer.offset(block);
      const size_t count = layer.blockWeights(block);
      float* const gradient = rehearsal_[thread].data();
      float* states[2] = {nullptr, nullptr};
      std::copy_n(entry.gradient + offset, count, gradient);
      for (size_t s = 0; s < arrays; ++s) {
        states[s] = gradient + (1 + s) * largest;
        std::copy_n(entry.state[s] + offset, count, states[s]);
      }
      UpdateSums sums = updateRows(scalars, layer.inputs, layer.blocks.size(block), entry.weights + offset, gradient,
                                   states[0], states[1], gradientSquares_[layer.firstBlock + block]);
      // An infinite moment would stop its weight for good, and no sum of weights would show it.
      for (size_t s = 0; s < arrays; ++s) {
        const auto isFinite = [](float number) { return std::isfinite(number); };
        if (!std::all_of(states[s], states[s] + count, isFinite)) {
          sums.change = std::numeric_limits<double>::infinity();
        }
      }
      updateSums_[layer.firstBlock + block] = sums;
    });
    const UpdateSums sums = sumsOf(layer);
    if (!isInRange(sums.change) || !isInRange(sums.weights)) return Failure{step() + 1, Quantity::weights, l};
  }
  return std::nullopt;
}

/** The next W of all layers. */
void Trainer::updateWeights(const UpdateStep& scalars) noexcept {
  const auto updateRows = kernels_.update[static_cast<size_t>(optimizer_.kind)];
  const auto updateBlock = [&](size_t l, size_t block) {
    const Layer& layer = plan_.layers()[l];
    const Parameters::Entry& entry = parameters_.layers[l];
    const size_t offset = layer.offset(block);
    const auto from = [offset](float* state) { return state == nullptr ? nullptr : state + offset; };
    updateSums_[layer.firstBlock + block] =
        updateRows(scalars, layer.inputs, layer.blocks.size(block), entry.weights + offset, entry.gradient + offset,
                   from(entry.state[0]), from(entry.state[1]), gradientSquares_[layer.firstBlock + block]);
  };
  for (size_t l = 0; l < plan_.layers().size(); ++l) {
    const Layer& layer = plan_.layers()[l];
    for (size_t block = 0; !isShared(layer) && block < layer.blocks.count(); ++block) updateBlock(l, block);
  }
  if (sharedBlocks_.empty()) return;
  threads_.forEach(sharedBlocks_.size(), [&](size_t index, size_t) {
    updateBlock(sharedBlocks_[index].layer, sharedBlocks_[index].block);
  });
}

/** Blocks whose updates threads share: first those whose gradients the first thread has computed and may still have near. */
std::vector<Trainer::SharedBlock> Trainer::sharedBlocks() const {
  std::vector<SharedBlock> shared;
  const size_t threads = threads_.count();
  for (size_t thread = 0; thread < threads; ++thread) {
    for (size_t l = 0; l < plan_.layers().size(); ++l) {
      const Layer& layer = plan_.layers()[l];
      const size_t count = isShared(layer) ? layer.blocks.count() : 0;
      for (size_t block = count * thread / threads; block < count * (thread + 1) / threads; ++block) {
        shared.push_back({l, block});
      }
    }
  }
  return shared;
}

template <class Body>
void Trainer::overBlocks(const Layer& layer, const Body& body) noexcept {
  if (isShared(layer)) {
    threads_.forEach(layer.blocks.count(), body);
  } else {
    for (size_t block = 0; block < layer.blocks.count(); ++block) body(block, size_t{0});
  }
}

}  // namespace lamina
