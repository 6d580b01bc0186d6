#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/kernels.h"
#include "memory.h"
#include "network.h"

namespace lamina {

/** A dense operation's place among the layers that carry weights. */
struct Layer {
  /** n[l−1] */
  size_t inputs;
  /** n[l] */
  size_t units;
  Initializer initializer;
  /** n[l] · (n[l−1] + 1) */
  size_t weights;
};

/**
 * What a network learns and what learning needs, one entry per dense layer. W_B, ∂L/∂W and the optimizer's state are
 * n[l] × (n[l−1] + 1), row-major, the bias last.
 */
class Parameters {
 public:
  /** @param states arrays of optimizer state per layer, at most 2 */
  Parameters(const std::vector<Layer>& layers, size_t states);
  /** @throws Error `invalidDesign` where the size cannot be addressed */
  static Layout layout(const std::vector<Layer>& layers, size_t states);

  struct Entry {
    float* weights = nullptr;
    /** ∂L/∂W after a backward pass; an optimizer step turns it into the next W. */
    float* gradient = nullptr;
    /** Null where the optimizer keeps less. */
    float* state[2] = {nullptr, nullptr};
  };
  std::vector<Entry> layers;
  /** Makes the next W, which the optimizer left where the gradients were, the current one. */
  void adoptNext() noexcept;

 private:
  Arena arena_;
};

class Plan;

/** The buffers of one pass of up to `capacity` samples through a plan. */
class Pass {
 public:
  Pass(const Plan& plan, const Kernels& kernels, size_t capacity, bool backward);
  /** @throws Error `invalidDesign` where the size cannot be addressed */
  static Layout layout(const Plan& plan, const Kernels& kernels, size_t capacity, bool backward);

  size_t capacity() const noexcept { return capacity_; }
  /** X, units × rows like all values; read only, and belongs to the caller. */
  void setInput(const float* x) noexcept { input_ = x; }
  /** Value 0 is X; operation i makes value i + 1. */
  const float* value(size_t index) const noexcept { return index == 0 ? input_ : values_[index]; }
  float* made(size_t index) const noexcept { return values_[index]; }
  /** ∂L/∂(value index), index > 0. */
  float* gradient(size_t index) const noexcept { return gradients_[index]; }
  float* scratch() const noexcept { return scratch_; }

 private:
  Arena arena_;
  size_t capacity_;
  const float* input_ = nullptr;
  std::vector<float*> values_;
  std::vector<float*> gradients_;
  float* scratch_ = nullptr;
};

/**
 * A network compiled for execution: which kernel runs when, on which value, and which gradients are written and which
 * added to. Holds no numbers; those are in Parameters and Pass.
 */
class Plan {
 public:
  /** @throws Error `invalidArgument` for a network that is not sound */
  Plan(const Network& network, const Kernels& kernels);

  size_t inputs() const noexcept { return units_.front(); }
  size_t outputs() const noexcept { return units_.back(); }
  const std::vector<Layer>& layers() const noexcept { return layers_; }
  /** Units of each value. */
  const std::vector<size_t>& units() const noexcept { return units_; }

  /** Computes all values from the pass's input. */
  void forward(const Parameters& parameters, const Pass& pass, size_t rows) const noexcept;
  /** Ŷ, rows × n[L] */
  const float* predictions(const Pass& pass) const noexcept { return pass.value(units_.size() - 1); }
  /** L_1 + … + L_rows after a forward pass. */
  double lossSum(const Pass& pass, const float* targets, size_t rows) const noexcept;
  /** ∂L/∂W of every layer, and ∂L/∂(value) as far as that needs them, after a forward pass. */
  void backward(const Parameters& parameters, const Pass& pass, const float* targets, size_t rows) const noexcept;
  /** ∂L/∂Ŷ, which a backward pass leaves out where the loss is fused with the last activation. */
  void outputGradient(const Pass& pass, const float* targets, size_t rows) const noexcept;

 private:
  enum class Fusion { none, softmaxCrossEntropy, sigmoidBinaryCrossEntropy };
  struct Step {
    Operation::Type type;
    size_t input;
    size_t output;
    size_t inputs;
    size_t units;
    /** Dense only: index into the layers. */
    size_t layer;
    /** Activation only. */
    Kernels::Activate activate;
    Kernels::ActivateBackward activateBackward;
    /** Whether the gradient of its input is wanted: nothing learns from ∂L/∂X. */
    bool handsBack;
    /** Whether another consumer of its input has written that gradient already. */
    bool accumulates;
  };

  const Kernels& kernels_;
  std::vector<size_t> units_;
  std::vector<Layer> layers_;
  std::vector<Step> forward_;
  /** From the output back; operations the loss does not depend on, and a fused activation, are left out. */
  std::vector<Step> backward_;
  /** Layers the loss does not depend on: their gradients are zero. */
  std::vector<size_t> unreached_;
  Loss loss_;
  Fusion fusion_ = Fusion::none;
  /** The value the loss's gradient starts at: Ŷ, or the scores before it when fused. */
  size_t lossValue_;
};

}  // namespace lamina
