#pragma once

#include "panels.h"
#include "tiles.h"
#include "transposes.h"

/** The transposed copy of A that weight gradients read, after a vector header. */
namespace {

using lamina::DenseWeightGradient;

/** Floats of a panel of inputs in the copy that a weight gradient reads, per sample. */
LAMINA_INLINE size_t inputPanelWidth(size_t inputs, size_t panel) {
  return inputs - panel * panelWidth > lanes ? panelWidth : lanes;
}

/** A panel of inputs over `depth` samples: depth × inputPanelWidth. */
LAMINA_APART void packInputPanel(const DenseWeightGradient& p, size_t inputPanel, size_t firstSample, size_t depth,
                                  float* packed) {
  const size_t width = p.panels.width;
  const size_t packedWidth = inputPanelWidth(p.inputs, inputPanel);
  for (size_t s = 0; s < depth; s += width) {
    // Panels follow each other, inputs × width each: the one of a sample begins at its number times the inputs.
    const float* const panel = p.a + (firstSample + s) * p.inputs;
    const size_t columns = smaller(width, depth - s);
    for (size_t i = 0; i < packedWidth; i += lanes) {
      const size_t input = inputPanel * panelWidth + i;
      transposeRows(panel + input * width, width, p.inputs - input, columns, packed + s * packedWidth + i, packedWidth);
    }
  }
}

void packInputs(const DenseWeightGradient& p, size_t firstPanel, size_t lastPanel) {
  for (size_t panel = firstPanel; panel < lastPanel; ++panel) {
    packInputPanel(p, panel, p.firstSample, p.samples, p.packed + panel * panelWidth * p.samples);
  }
}

void packSamples(size_t inputs, size_t samples, size_t first, size_t last, const float* table, const uint32_t* order,
                 float* packed) {
  for (size_t panel = 0; panel * panelWidth < inputs; ++panel) {
    const size_t column = panel * panelWidth;
    const size_t width = inputPanelWidth(inputs, panel);
    float* const target = packed + column * samples;
    for (size_t s = first; s < last; ++s) {
      const float* const row = table + (order == nullptr ? s : order[s]) * inputs + column;
      for (size_t i = 0; i < width; i += lanes) {
        const size_t rest = inputs - column - i;
        store(target + s * width + i, rest < lanes ? loadPart(row + i, rest) : load(row + i));
      }
    }
  }
}

}  // namespace
