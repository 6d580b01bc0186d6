#include "layer_products.h"

#include <algorithm>

using lamina::Kernels;

namespace {

/** Marsaglia's xorshift32. */
std::vector<float> randomNumbers(uint32_t& state, size_t count) {
  std::vector<float> numbers(count);
  for (float& number : numbers) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    number = static_cast<float>(state) * 0x1p-31F - 1.0F;
  }
  return numbers;
}

}  // namespace

LayerData LayerData::random(size_t samples, size_t inputs, size_t units) {
  uint32_t state = 0x9e3779b9;
  LayerData data{samples, inputs, units, {}, {}, {}};
  data.w = randomNumbers(state, units * inputs);
  data.a = randomNumbers(state, samples * inputs);
  data.e = randomNumbers(state, samples * units);
  return data;
}

size_t LayerData::resultSize(ProductKind kind) const {
  switch (kind) {
    case ProductKind::forward:
      return samples * units;
    case ProductKind::weightGradient:
      return units * inputs;
    case ProductKind::inputGradient:
      return samples * inputs;
  }
  return 0;
}

LayerProducts::LayerProducts(const Kernels& kernels, const LayerData& data)
    : kernels_(kernels),
      panels_{data.samples, data.samples <= kernels.lanes ? kernels.lanes : kernels.panelWidth},
      inputs_(data.inputs),
      units_(data.units) {
  const size_t columns = panels_.count() * panels_.width;
  lamina::Layout layout;
  const size_t weights = layout.add(units_ * (inputs_ + 1));
  const size_t input = layout.add(inputs_ * columns);
  const size_t output = layout.add(units_ * columns);
  const size_t gradient = layout.add(units_ * columns);
  const size_t back = layout.add(inputs_ * columns);
  const size_t weightGradient = layout.add(units_ * (inputs_ + 1));
  const size_t packed = layout.add((inputs_ + kernels.panelWidth) * columns);
  const size_t packedResult = layout.add((units_ + kernels.panelWidth) * columns);
  const size_t scratch = layout.add(kernels.productScratch);
  arena_ = lamina::Arena(layout);
  w_ = arena_.at(weights);
  a_ = arena_.at(input);
  z_ = arena_.at(output);
  e_ = arena_.at(gradient);
  g_ = arena_.at(back);
  dw_ = arena_.at(weightGradient);
  packed_ = arena_.at(packed);
  packedResult_ = arena_.at(packedResult);
  scratch_ = arena_.at(scratch);
  for (size_t unit = 0; unit < units_; ++unit) {
    // The bias stays 0: OpenBLAS is given none.
    std::copy_n(data.w.data() + unit * inputs_, inputs_, w_ + unit * (inputs_ + 1));
  }
  toPanels(data.a, inputs_, a_);
  toPanels(data.e, units_, e_);
  packInputs(inputs_, a_, packed_);
}

void LayerProducts::compute(ProductKind kind) {
  switch (kind) {
    case ProductKind::forward:
      kernels_.denseForward({panels_, inputs_, units_, w_, a_, z_, nullptr, nullptr}, 0, units_);
      // As the plan does it: few samples' results are copied for the next layer's weight gradient while they are near.
      if (panels_.samples <= lamina::mostPackedAlong) packInputs(units_, z_, packedResult_);
      return;
    case ProductKind::weightGradient: {
      const bool packs = panels_.samples > lamina::mostPackedAlong;
      const bool few = units_ < lamina::fewestDivided;
      float* const packed = packs && few ? nullptr : packed_;
      const lamina::DenseWeightGradient product{panels_, inputs_,         units_, e_, a_,
                                                0,       panels_.samples, packed, dw_, false};
      const size_t inputPanels = (inputs_ + kernels_.panelWidth - 1) / kernels_.panelWidth;
      if (few) {
        kernels_.denseWeightGradientOfFew(product, 0, inputPanels, scratch_);
        return;
      }
      if (packs) kernels_.packInputs(product, 0, inputPanels);
      for (size_t first = 0; first < units_; first += lamina::largestRowBlock) {
        kernels_.denseWeightGradient(product, first, std::min(first + lamina::largestRowBlock, units_), scratch_);
      }
      return;
    }
    case ProductKind::inputGradient:
      return kernels_.denseInputGradient(
          {panels_, inputs_, units_, w_, e_, g_, false, nullptr, nullptr, nullptr, nullptr}, 0, inputs_, scratch_);
  }
}

void LayerProducts::packInputs(size_t inputs, const float* a, float* packed) const {
  kernels_.packInputs({panels_, inputs, 0, nullptr, a, 0, panels_.samples, packed, nullptr, false}, 0,
                      (inputs + kernels_.panelWidth - 1) / kernels_.panelWidth);
}

std::vector<float> LayerProducts::result(ProductKind kind) const {
  if (kind == ProductKind::forward) return fromPanels(z_, units_);
  if (kind == ProductKind::inputGradient) return fromPanels(g_, inputs_);
  std::vector<float> rows(units_ * inputs_);
  for (size_t unit = 0; unit < units_; ++unit) {
    std::copy_n(dw_ + unit * (inputs_ + 1), inputs_, rows.data() + unit * inputs_);
  }
  return rows;
}

void LayerProducts::toPanels(const std::vector<float>& rows, size_t units, float* panels) const {
  const size_t width = panels_.width;
  for (size_t sample = 0; sample < panels_.samples; ++sample) {
    float* const column = panels + sample / width * width * units + sample % width;
    for (size_t unit = 0; unit < units; ++unit) column[unit * width] = rows[sample * units + unit];
  }
}

std::vector<float> LayerProducts::fromPanels(const float* panels, size_t units) const {
  const size_t width = panels_.width;
  std::vector<float> rows(panels_.samples * units);
  for (size_t sample = 0; sample < panels_.samples; ++sample) {
    const float* const column = panels + sample / width * width * units + sample % width;
    for (size_t unit = 0; unit < units; ++unit) rows[sample * units + unit] = column[unit * width];
  }
  return rows;
}
