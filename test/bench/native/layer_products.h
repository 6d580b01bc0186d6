#pragma once

#include <cstddef>
#include <vector>

#include "../../../src/engine/native/kernels/kernels.h"
#include "../../../src/engine/native/memory.h"

/** One of a dense layer's three products. */
enum class ProductKind { forward, weightGradient, inputGradient };

/** A dense layer and a minibatch of b samples, as PyTorch keeps them: row-major, a sample a row, no bias. */
struct LayerData {
  size_t samples;
  size_t inputs;
  size_t units;
  /** units × inputs */
  std::vector<float> w;
  /** samples × inputs */
  std::vector<float> a;
  /** samples × units */
  std::vector<float> e;

  /** Numbers from −1 to 1, the same every time. */
  static LayerData random(size_t samples, size_t inputs, size_t units);
  /** Elements of a product's result. */
  size_t resultSize(ProductKind kind) const;
};

/**
 * The products of a dense layer as the engine makes them: in its layout, packing included, on one thread. Up to
 * `mostPackedAlong` samples are copied for the weight gradient by the forward product that makes them, or, the network's
 * own inputs, when a minibatch is taken from its table, which is no part of any product.
 */
class LayerProducts {
 public:
  LayerProducts(const lamina::Kernels& kernels, const LayerData& data);

  void compute(ProductKind kind);
  /** The last result of that kind in the layout of `LayerData`: Z samples × units, ∂L/∂W units × inputs, G samples × inputs. */
  std::vector<float> result(ProductKind kind) const;

 private:
  void packInputs(size_t inputs, const float* a, float* packed) const;
  /** From samples × units, row-major, to panels; and back. */
  void toPanels(const std::vector<float>& rows, size_t units, float* panels) const;
  std::vector<float> fromPanels(const float* panels, size_t units) const;

  const lamina::Kernels& kernels_;
  lamina::Panels panels_;
  size_t inputs_;
  size_t units_;
  lamina::Arena arena_;
  float* w_ = nullptr;
  float* a_ = nullptr;
  float* e_ = nullptr;
  float* z_ = nullptr;
  float* g_ = nullptr;
  float* dw_ = nullptr;
  float* packed_ = nullptr;
  float* packedResult_ = nullptr;
  float* scratch_ = nullptr;
};
