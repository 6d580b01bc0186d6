#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/parts.h"
#include "network.h"
#include "parameters.h"
#include "pass.h"
#include "samples.h"
#include "threads.h"

namespace lamina {

/** Where a training step's dropout gets its masks from. */
struct DropoutState {
  uint32_t seed;
  /** Steps done before. */
  uint64_t step;
};

/**
 * A network compiled for execution: which kernel runs when, on which value, what is computed along with it, and which
 * gradients are written and which added to. Holds no numbers; those are in Parameters and Pass.
 */
class Plan {
 public:
  /**
   * @param sharesAlways whether every product is divided among threads, however small, where there are several
   * @throws Error `invalidArgument` for a network that is not sound
   */
  Plan(const Network& network, const Kernels& kernels, bool sharesAlways = false);

  size_t inputs() const noexcept { return units_.front(); }
  size_t outputs() const noexcept { return units_.back(); }
  const std::vector<Layer>& layers() const noexcept { return layers_; }
  /** Units of each value. */
  const std::vector<size_t>& units() const noexcept { return units_; }
  /** Whether any product of so many samples is large enough to keep several threads awake for. */
  bool isWorthThreads(size_t samples) const noexcept;
  /** Multiplications and additions from which on work on a pass of so many samples is divided among threads. */
  double worthSharing(size_t samples) const noexcept;

  /** Takes samples in: X and, where there are any, Y. */
  void load(const Pass& pass, const SampleView& samples, Threads& threads) const noexcept;
  /** Computes all values of the samples taken in. @param dropout null outside of training */
  void forward(const Parameters& parameters, const Pass& pass, size_t samples, Threads& threads,
               const DropoutState* dropout) const noexcept;
  /** Ŷ, n[L] × b */
  const float* predictions(const Pass& pass) const noexcept { return pass.value(units_.size() - 1); }
  /** w_1 L_1 + … + w_b L_b of the samples taken in, after a forward pass. */
  double lossSum(const Pass& pass, const SampleView& samples) const noexcept;
  double metricSum(const Pass& pass, size_t samples, Metric metric) const noexcept;
  /**
   * ∂L/∂W of every layer, and ∂L/∂(value) as far as that needs them or a trace is made, of the mean loss
   * L = (w_1 L_1 + … + w_b L_b)/b of the samples taken in, after a forward pass with dropout.
   * @param squares filled with ‖·‖² of every block of ∂L/∂W, layer after layer
   */
  void backward(const Parameters& parameters, const Pass& pass, const SampleView& samples, Threads& threads,
                double* squares) const noexcept;

  /** Blocks of all layers. */
  size_t blocks() const noexcept { return blocks_; }

 private:
  friend class Pass;

  /** Samples whose activations are copied at a time for a weight gradient: larger batches add up several. */
  static constexpr size_t samplesPacked = 1024;

  enum class Fusion { none, softmaxCrossEntropy, sigmoidBinaryCrossEntropy };
  /** An activation that is computed along with a product, a few rows at a time. */
  struct FusedActivation {
    ActivationFunction function;
    /** Z and A. */
    size_t input;
    size_t output;
  };
  struct Step {
    Operation::Type type = Operation::Type::dense;
    size_t input = 0;
    size_t output = 0;
    size_t inputs = 0;
    size_t units = 0;
    /** Among the dense operations, or the dropout operations. */
    size_t ordinal = 0;
    /** Activation only. */
    ActivationFunction function = ActivationFunction::identity;
    /** Dropout only: ⌊rate · 2³²⌋ and 1 / (1 − rate). */
    uint32_t threshold = 0;
    float scale = 1;
    /** Dense only: going forward the activation of its output, going backward that of its input. */
    std::optional<FusedActivation> fused;
    /** Whether weights learn from the gradient of its input; from ∂L/∂X none do. */
    bool handsBack = false;
    /**
     * Whether another consumer of its input has written that gradient already. Not with operations of one input, whose
     * gradients follow a single path; operations that merge values need it.
     */
    bool accumulates = false;
    /** Dense only: rows of Z, and of G, that are worked on together. */
    Parts unitBlocks{1, 1};
    Parts inputBlocks{1, 1};
  };

  void addStep(const Operation& operation);
  void fuseLoss(const Operation& last);
  void planBackward();
  void planForward();
  bool isElementwise(const Step& step) const;
  /** Numbers of a value, those beyond the last sample included. */
  static size_t numbersOf(const Step& step, const Panels& panels) noexcept;

  void forwardDense(const Step& step, const Parameters& parameters, const Pass& pass, const Panels& panels,
                    Threads& threads) const noexcept;
  void weightGradient(const Step& step, const Parameters& parameters, const Pass& pass, const Panels& panels,
                      Threads& threads, double* squares) const noexcept;
  void pack(size_t value, const Pass& pass, const Panels& panels, Threads& threads) const noexcept;
  void packInputs(const DenseWeightGradient& product, const Pass& pass, Threads& threads) const noexcept;
  size_t panelsOf(size_t inputs) const noexcept { return (inputs + kernels_.panelWidth - 1) / kernels_.panelWidth; }
  void inputGradient(const Step& step, const Parameters& parameters, const Pass& pass, const Panels& panels,
                     Threads& threads) const noexcept;
  /** Where the way back begins: ∂L/∂Ŷ or, fused with the last activation, ∂L/∂Z[L]; a trace gets both. */
  void lossGradient(const Pass& pass, const SampleView& samples) const noexcept;
  void activate(const Step& step, const Pass& pass, const Panels& panels) const noexcept;
  void activateBackward(const Step& step, const Pass& pass, const Panels& panels) const noexcept;
  void drop(const Step& step, const Pass& pass, const Panels& panels, const DropoutState& dropout,
            Threads& threads) const noexcept;

  /**
   * Calls `body(block, thread)` for all blocks, on several threads where the pass has them and so much work is worth it.
   * @param work multiplications and additions
   */
  template <class Body>
  static void overBlocks(const Pass& pass, const Parts& blocks, double work, Threads& threads,
                         const Body& body) noexcept;

  const Kernels& kernels_;
  bool sharesAlways_;
  std::vector<size_t> units_;
  /** Values that a dense operation has a part in. */
  std::vector<bool> learns_;
  std::vector<Layer> layers_;
  size_t blocks_ = 0;
  size_t dropouts_ = 0;
  std::vector<Step> forward_;
  /** From the output back; operations the loss does not depend on, and what is fused, are left out. */
  std::vector<Step> backward_;
  /** Values that weights learn from the gradient of. */
  std::vector<bool> hasGradient_;
  /** The value in whose place it lies while training: its own, or that of the scores behind a fused activation. */
  std::vector<size_t> gradientPlace_;
  /** Layers the loss does not depend on: their gradients are zero. */
  std::vector<size_t> unreached_;
  Loss loss_;
  Fusion fusion_ = Fusion::none;
  /** The value the loss's gradient starts at: Ŷ, or the scores before it when fused. */
  size_t lossValue_;
};

}  // namespace lamina
