#pragma once

#include <cstddef>
#include <cstdint>

#include "../functions.h"
#include "compiler.h"

/**
 * The arithmetic of the engine: plain functions on pointers, compiled once per instruction set. Nothing here allocates,
 * throws or keeps state, and every sum is added in an order fixed by the shapes alone, so that neither the tiles chosen
 * nor the number of threads ever changes a bit.
 *
 * Matrices are float32. W_B, ∂L/∂W and the optimizer's state are units × (inputs + 1), row-major, the bias last. What
 * belongs to samples (A, Z, E, G, Y) is the lecture's units × b, one sample per column, cut into *panels*: `width`
 * samples each, one panel after the other, each units × width row-major. A panel's row is what a vector register or a
 * few hold, so products read panels as they lie. The last panel's columns beyond the last sample hold anything
 * at all: nothing that belongs to a sample or is added up over samples is computed from them.
 */
namespace lamina {

/** Rows of a layer's gradient that are computed in one call, at most. */
constexpr size_t largestRowBlock = 64;
/** Rows (units or inputs) from which on they are divided into blocks. */
constexpr size_t fewestDivided = 32;
/** Samples of which the transposed copies for weight gradients are made along with values, and kept: so few are small. */
constexpr size_t mostPackedAlong = 32;

/** How b samples are cut into panels. */
class Panels {
 public:
  /** @param panelWidth samples in a panel: a power of two, and a multiple of the lanes of vectors that read it */
  LAMINA_MEMBER Panels(size_t sampleCount, size_t panelWidth) noexcept
      : samples(sampleCount), width(panelWidth), count_((sampleCount + panelWidth - 1) / panelWidth) {}

  /** b */
  size_t samples;
  size_t width;

  LAMINA_MEMBER size_t count() const noexcept { return count_; }
  /** Samples that panel `index` holds. */
  LAMINA_MEMBER size_t columns(size_t index) const noexcept {
    const size_t rest = samples - index * width;
    return rest < width ? rest : width;
  }

 private:
  size_t count_;
};

/** How each optimizer's update is called; the scalars of one step. */
enum class OptimizerKind { sgd, momentum, nesterov, rmsprop, adagrad, adam, adamw };
constexpr size_t optimizerKindCount = 7;

struct UpdateStep {
  float learningRate;
  /** What gradients are multiplied by first: below 1 when they are clipped. */
  float gradientScale;
  /** Added to the gradient as l2 · W; not for the bias column. */
  float l2;
  /** Share of W removed, learning rate included; AdamW only, not for the bias column. */
  float decay;
  /** SGD's momentum or RMSprop's decay of the running mean square. */
  float momentum;
  /** 1 − momentum, rounded once. */
  float momentumComplement;
  /** Adam: learning rate / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ) */
  float correctedRate;
  float secondMomentScale;
};

struct UpdateSums {
  /** ‖ΔW‖² */
  double change;
  /** ‖W‖² after the step; not finite exactly when a weight is not. */
  double weights;
};

/** A = g(Z), element by element; `count` is a multiple of the lanes. */
using Activate = void (*)(size_t count, const float* z, float* a);
/** E = G ⊙ g′(Z), or E += … where `accumulate`. `e` may be `g`. */
using ActivateBackward = void (*)(size_t count, const float* z, const float* a, const float* g, float* e,
                                  bool accumulate);

// The three products of a dense layer. Each is computed for a range of its result's rows, so that threads share one.

/** Z = W A_B and, where there is an activation, what it makes of Z as soon as a few rows are there. */
struct DenseForward {
  Panels panels;
  size_t inputs;
  size_t units;
  const float* w;
  /** inputs × b */
  const float* a;
  /** units × b */
  float* z;
  /** Null for none. */
  Activate activate;
  float* activated;
};

/**
 * G = Wᵀ E without W's bias column, or G += …, and, where the input is made by an activation, E of the operation behind
 * it as soon as a few rows are there: the bias row is clipped by never being computed.
 */
struct DenseInputGradient {
  Panels panels;
  size_t inputs;
  size_t units;
  const float* w;
  /** units × b */
  const float* e;
  /** inputs × b */
  float* g;
  bool accumulate;
  /** Null for none. The activation's Z and A, and where ∂L/∂Z goes; that may be `g`. */
  ActivateBackward backward;
  const float* z;
  const float* a;
  float* behind;
};

/**
 * ∂L/∂W = E A_Bᵀ over `samples` samples from `firstSample` (a multiple of the panels' width) on, added to what the
 * samples before contributed. Reads A from a transposed copy, which `packInputs` or `packSamples` makes first, or which
 * it makes as it goes where the units are so few that nobody reads it again.
 */
struct DenseWeightGradient {
  Panels panels;
  size_t inputs;
  size_t units;
  /** units × b */
  const float* e;
  /** inputs × b */
  const float* a;
  size_t firstSample;
  size_t samples;
  /** inputs rounded up to the panel width × samples; where the units are few, null for none */
  float* packed;
  float* dw;
  /** Whether ‖∂L/∂W‖² is wanted. */
  bool measures;
};

/** Which random numbers drop units: those of one dropout operation at one step. */
struct DropoutDraw {
  uint32_t seed;
  /** Of the dropout operation among the network's. */
  uint32_t ordinal;
  /** Steps done before this one. */
  uint64_t step;
  /** A unit is left out where its word is below this: ⌊rate · 2³²⌋. */
  uint32_t threshold;
  /** 1 / (1 − rate) */
  float scale;
};

struct Kernels {
  /** Which instruction set: "portable", "neon", "avx2" or "avx512". */
  const char* name;
  /** Floats in a vector register, and in the panels products are fastest with. */
  size_t lanes;
  size_t panelWidth;

  // PRODUCTS

  /** Units (rows) from `first` to before `last`. */
  void (*denseForward)(const DenseForward& product, size_t first, size_t last);
  /** Inputs (rows) from `first` to before `last`. @param scratch `productScratch` floats of the calling thread */
  void (*denseInputGradient)(const DenseInputGradient& product, size_t first, size_t last, float* scratch);
  /** Panels of `panelWidth` inputs from `first` to before `last`. */
  void (*packInputs)(const DenseWeightGradient& product, size_t first, size_t last);
  /** Units (rows) from `first` to before `last`, at most `largestRowBlock`. @param scratch as above */
  void (*denseWeightGradient)(const DenseWeightGradient& product, size_t first, size_t last, float* scratch);
  /**
   * All units, at most `largestRowBlock`, and panels of `panelWidth` inputs from `first` to before `last`.
   * @returns ‖∂L/∂W‖² of those panels, the first of which brings the bias column with it, or −1 where it is not known:
   * it is only measured where that costs less than reading ∂L/∂W again
   */
  double (*denseWeightGradientOfFew)(const DenseWeightGradient& product, size_t first, size_t last, float* scratch);
  size_t productScratch;

  // SAMPLES

  /**
   * Fills a panel, units × width, with `columns` samples of a table that has one sample per row of `units` numbers:
   * rows order[0], order[1], … of it, or its first ones where `order` is null. Columns beyond repeat the last sample.
   */
  void (*gatherPanel)(size_t units, size_t width, size_t columns, const float* table, const uint32_t* order,
                      float* panel);
  /**
   * The transposed copy that a weight gradient reads, of samples `first` to before `last` among `samples` of a table,
   * whose rows are what is copied. `order` as above, null for the table's first ones.
   */
  void (*packSamples)(size_t inputs, size_t samples, size_t first, size_t last, const float* table,
                      const uint32_t* order, float* packed);

  // ELEMENTS

  /** Null for softmax, which is no function of single elements: it has functions of its own. */
  Activate activate[activationCount];
  ActivateBackward activateBackward[activationCount];
  void (*softmax)(Panels panels, size_t units, const float* z, float* a);
  /** E = A ⊙ (G − 1·(Σ_k G ⊙ A)), or E += …; `e` may be `g`. */
  void (*softmaxBackward)(Panels panels, size_t units, const float* a, const float* g, float* e, bool accumulate);

  /**
   * Fills units × width of a mask from `firstSample` on: 0 where a unit is left out, else the scale.
   * The word of unit u and sample s is word s mod 4 of the block whose counter is (⌊s/4⌋, u, step low, step high) and
   * whose key is (seed, 2 + 256 · ordinal). `firstSample` and `width` are multiples of 4.
   */
  void (*dropoutMask)(const DropoutDraw& draw, size_t firstSample, size_t width, size_t units, float* mask);
  /** out = x ⊙ mask, or out += …; `count` is a multiple of `lanes`, `out` may be `x`. */
  void (*multiplyElements)(size_t count, const float* x, const float* mask, float* out, bool accumulate);

  /** w_1 L_1 + … + w_b L_b from predictions Ŷ and true values Y, units × b. @param weights 1 × b, null for all 1 */
  using LossSum = double (*)(Panels panels, size_t units, const float* predictions, const float* targets,
                             const float* weights);
  LossSum lossSum[lossCount];
  /** G = ∂L/∂Ŷ of the mean loss of the samples, not weighed yet. */
  using LossGradient = void (*)(Panels panels, size_t units, const float* predictions, const float* targets, float* g);
  LossGradient lossGradient[lossCount];
  /** The same two for losses fused with the softmax or sigmoid before them: functions of the scores Z[L]. */
  double (*softmaxCrossEntropySum)(Panels panels, size_t units, const float* scores, const float* predictions,
                                   const float* targets, const float* weights);
  LossSum sigmoidBinaryCrossEntropySum;
  /** E = scale · (Ŷ − Y); `count` is a multiple of `lanes`. */
  void (*fusedLossGradient)(size_t count, const float* predictions, const float* targets, float scale, float* e);
  /** G ← G diag(w), units × b: sample i's column times w_i. */
  void (*weighSamples)(Panels panels, size_t units, const float* weights, float* g);

  /** The metric of each sample, added up; weights are null. */
  LossSum metricSum[metricCount];

  /** ‖x‖², of any number of elements */
  double (*squaredNorm)(size_t count, const float* x);
  /** √(a / b) element by element, 0 where b is 0. @param denominators b, null for all 1 */
  void (*squareRoots)(size_t count, const double* numerators, const double* denominators, double* roots);

  /**
   * One optimizer step of a layer or of some of its rows. `next` holds ∂L/∂W before and W after the step; W stays as it
   * was, so that a step that goes wrong can be dropped. `state0` and `state1` are the optimizer's own, null where
   * unused. @param gradientSquares ‖∂L/∂W‖² of these rows
   */
  using Update = UpdateSums (*)(const UpdateStep& step, size_t inputs, size_t units, const float* w, float* next,
                                float* state0, float* state1, double gradientSquares);
  Update update[optimizerKindCount];
};

/** One per translation unit of this folder. */
const Kernels& portableKernels() noexcept;
#if defined(LAMINA_X64)
const Kernels& avx2Kernels() noexcept;
const Kernels& avx512Kernels() noexcept;
#elif defined(LAMINA_ARM64)
const Kernels& neonKernels() noexcept;
#endif

}  // namespace lamina
