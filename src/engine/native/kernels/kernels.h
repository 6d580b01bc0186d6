#pragma once

#include <cstddef>
#include <cstdint>

#include "../functions.h"

/**
 * The arithmetic of the engine: plain functions on pointers, compiled once per instruction set. Matrices are float32
 * and row-major here. A batch has one *row* per sample (rows × units), which is the lecture's one sample per column
 * stored column after column. W_B is units × (inputs + 1), the bias last. No two pointers may overlap unless said so.
 * Nothing allocates, throws or keeps state, and every sum is added in an order fixed by the shapes alone.
 */
namespace lamina {

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

struct Kernels {
  /** Which instruction set: "portable", "avx2" or "avx512". */
  const char* name;

  /** Floats of scratch space the three products of a dense layer need for up to `rows` samples. */
  size_t (*denseScratch)(size_t rows, size_t inputs, size_t units);
  /** Z = A Wᵀ + 1 biasᵀ; A is rows × inputs, Z rows × units. */
  void (*denseForward)(size_t rows, size_t inputs, size_t units, const float* w, const float* a, float* z,
                       float* scratch);
  /** ∂L/∂W = Eᵀ [A 1]; E is rows × units. */
  void (*denseWeightGradient)(size_t rows, size_t inputs, size_t units, const float* e, const float* a, float* dw,
                              float* scratch);
  /** G = E W without W's bias column, or G += … where `accumulate`; G is rows × inputs. */
  void (*denseInputGradient)(size_t rows, size_t inputs, size_t units, const float* w, const float* e, float* g,
                             bool accumulate, float* scratch);

  /** A = g(Z), rows × units. */
  using Activate = void (*)(size_t rows, size_t units, const float* z, float* a);
  Activate activate[activationCount];
  /** E = what G = ∂L/∂A becomes behind the activation, or E += … where `accumulate`. */
  using ActivateBackward = void (*)(size_t rows, size_t units, const float* z, const float* a, const float* g,
                                    float* e, bool accumulate);
  ActivateBackward activateBackward[activationCount];

  /** L_1 + … + L_rows from predictions Ŷ and true values Y, rows × units. */
  using LossSum = double (*)(size_t rows, size_t units, const float* predictions, const float* targets);
  LossSum lossSum[lossCount];
  /** G = ∂L/∂Ŷ of the mean loss of the rows. */
  using LossGradient = void (*)(size_t rows, size_t units, const float* predictions, const float* targets, float* g);
  LossGradient lossGradient[lossCount];
  /** The same two for losses fused with the softmax or sigmoid before them: functions of the scores Z[L]. */
  double (*softmaxCrossEntropySum)(size_t rows, size_t units, const float* scores, const float* predictions,
                                   const float* targets);
  LossSum sigmoidBinaryCrossEntropySum;
  /** E = scale · (Ŷ − Y) */
  void (*fusedLossGradient)(size_t count, const float* predictions, const float* targets, float scale, float* e);

  /** The metric of each sample, added up. */
  LossSum metricSum[metricCount];

  /** ‖x‖² */
  double (*squaredNorm)(size_t count, const float* x);

  /**
   * One optimizer step of a layer. `next` holds ∂L/∂W before and W after the step; W stays as it was, so that a step
   * that goes wrong can be dropped. `state0` and `state1` are the optimizer's own, as large as W, null where unused.
   */
  using Update = UpdateSums (*)(const UpdateStep& step, size_t inputs, size_t units, const float* w, float* next,
                                float* state0, float* state1);
  Update update[optimizerKindCount];

  /** Copies row `order[i]` of `source` to row i of `destination`, for i < rows. */
  void (*gatherRows)(size_t rows, size_t units, const float* source, const uint32_t* order, float* destination);
};

/** One per translation unit of this folder. */
const Kernels& portableKernels() noexcept;
#if defined(LAMINA_X64)
const Kernels& avx2Kernels() noexcept;
const Kernels& avx512Kernels() noexcept;
#endif

}  // namespace lamina
