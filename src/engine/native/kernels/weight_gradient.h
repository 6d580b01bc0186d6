#pragma once

#include "input_panels.h"
#include "panels.h"
#include "row_sums.h"
#include "small_weight_gradient.h"
#include "tiles.h"
#include "transposes.h"

/**
 * The product for ∂L/∂W of a dense layer, after a vector header. Its depth is the samples, along which both E and A lie
 * in vectors: A is transposed first, so that a tile's vectors hold inputs, and so is E where it lies in several panels.
 */
namespace {

using lamina::DenseWeightGradient;

/** A tile of this depth takes long enough for what it writes to arrive in the cache. */
constexpr size_t depthWorthPrefetching = 64;

/** The group's rows of E, transposed: depth × groupStride. */
LAMINA_INLINE void copyRows(const DenseWeightGradient& p, size_t unit, size_t rows, size_t firstSample, size_t depth,
                            float* copy) {
  const size_t width = p.panels.width;
  for (size_t s = 0; s < depth; s += width) {
    // Panels follow each other, units × width each, so that a sample's panel begins at its number times the units.
    const float* const source = p.e + (firstSample + s) * p.units + unit * width;
    for (size_t r = 0; r < rows; r += lanes) {
      transposeRows(source + r * width, width, rows - r, smaller(width, depth - s), copy + s * groupStride + r,
                    groupStride);
    }
  }
}

/** Writes the bias column of some units, or adds to what samples before `firstSample` contributed. */
LAMINA_INLINE void addBias(const DenseWeightGradient& p, size_t unit, size_t rows, size_t firstSample, Vector x) {
  float numbers[lanes];
  // Through memory: compilers would rather take the vector apart, which takes longer.
  float* const sums = anew(numbers);
  store(sums, x);
  const size_t stride = p.inputs + 1;
  float* bias = p.dw + unit * stride + p.inputs;
  if (firstSample > 0) {
    for (size_t r = 0; r < rows; ++r, bias += stride) *bias += sums[r];
  } else if (rows == lanes) {
    for (size_t r = 0; r < lanes; ++r, bias += stride) *bias = sums[r];
  } else {
    for (size_t r = 0; r < rows; ++r, bias += stride) *bias = sums[r];
  }
}

LAMINA_APART void biasOfOnePanel(const DenseWeightGradient& p, size_t first, size_t last) {
  const size_t width = p.panels.width;
  for (size_t unit = first; unit < last; unit += lanes) {
    const size_t rows = smaller(lanes, last - unit);
    addBias(p, unit, rows, 0, sumPanelRows(p.e + unit * width, width, rows, p.samples));
  }
}

/** The tiles of a panel of inputs, whose transposed copy is `packed`, before it is known which units they are of. */
LAMINA_INLINE Tile tileOf(const DenseWeightGradient& p, size_t inputPanel, const float* packed, size_t depth) {
  Tile tile;
  tile.depth = depth;
  tile.b = packed;
  tile.bStride = inputPanelWidth(p.inputs, inputPanel);
  tile.bias = nullptr;
  tile.cStride = p.inputs + 1;
  tile.columns = smaller(panelWidth, p.inputs - inputPanel * panelWidth);
  tile.far = depth >= depthWorthPrefetching;
  return tile;
}

/** Where all samples are in one panel, E is broadcast from where it lies. */
void gradientOfOnePanel(const DenseWeightGradient& p, size_t first, size_t last, size_t firstPanel, size_t lastPanel) {
  const size_t width = p.panels.width;
  const float* const e = p.e + first * width;
  const Parts tiles = tilesOf(last - first, p.inputs <= lanes);
  for (size_t panel = firstPanel; panel < lastPanel; ++panel) {
    Tile tile = tileOf(p, panel, p.packed + panel * panelWidth * p.samples, p.samples);
    tile.aStride = width;
    tile.start = Start::zero;
    for (size_t index = 0; index < tiles.count(); index += tile.count) {
      const size_t size = tiles.size(index);
      tile.count = tiles.equalFrom(index);
      tile.c = p.dw + (first + tiles.start(index)) * tile.cStride + panel * panelWidth;
      tile.a = e + tiles.start(index) * width;
      tile.aStep = size * width;
      multiply<Order::rows>(size, tile);
    }
  }
  if (firstPanel == 0) biasOfOnePanel(p, first, last);
}

/**
 * Copies units `first` to before `last` of E, over `depth` samples, tile by tile. Their sums are the bias column, added
 * to what the samples before contributed.
 */
void copyUnits(const DenseWeightGradient& p, size_t first, size_t last, size_t firstSample, size_t depth, bool sumsUp,
               float* copies) {
  const Parts tiles = tilesOf(last - first, p.inputs <= lanes);
  for (size_t index = 0; index < tiles.count(); ++index) {
    const size_t unit = first + tiles.start(index);
    const size_t rows = tiles.size(index);
    float* const copy = copies + index * depthBlock * groupStride;
    copyRows(p, unit, rows, firstSample, depth, copy);
    for (size_t r = 0; sumsUp && r < rows; r += lanes) {
      addBias(p, unit + r, smaller(lanes, rows - r), firstSample, sumCopiedRows(copy + r, depth));
    }
  }
}

/** The product of some units, which are copied, with a panel of inputs. */
void multiplyCopies(const DenseWeightGradient& p, size_t first, size_t last, const float* copies, size_t firstSample,
                    size_t depth, size_t inputPanel, const float* packed) {
  const Parts tiles = tilesOf(last - first, p.inputs <= lanes);
  Tile tile = tileOf(p, inputPanel, packed, depth);
  tile.aStride = groupStride;
  tile.aStep = depthBlock * groupStride;
  tile.start = firstSample > 0 ? Start::c : Start::zero;
  for (size_t index = 0; index < tiles.count(); index += tile.count) {
    tile.count = tiles.equalFrom(index);
    tile.c = p.dw + (first + tiles.start(index)) * tile.cStride + inputPanel * panelWidth;
    tile.a = copies + index * tile.aStep;
    multiply<Order::columns>(tiles.size(index), tile);
  }
}

void denseWeightGradient(const DenseWeightGradient& p, size_t first, size_t last, float* scratch) {
  const size_t inputPanels = ceilDivide(p.inputs, panelWidth);
  if (p.panels.count() == 1) return gradientOfOnePanel(p, first, last, 0, inputPanels);
  // Cut at whole panels, which are what is transposed: the panels' width divides the block.
  for (size_t s = 0; s < p.samples; s += depthBlock) {
    const size_t depth = smaller(depthBlock, p.samples - s);
    copyUnits(p, first, last, p.firstSample + s, depth, true, scratch);
    for (size_t panel = 0; panel < inputPanels; ++panel) {
      const float* const packed = p.packed + panel * panelWidth * p.samples + s * inputPanelWidth(p.inputs, panel);
      multiplyCopies(p, first, last, scratch, p.firstSample + s, depth, panel, packed);
    }
  }
}

double denseWeightGradientOfFew(const DenseWeightGradient& p, size_t firstPanel, size_t lastPanel, float* scratch) {
  if (p.packed != nullptr && p.panels.count() == 1) {
    if (p.panels.width > lanes || p.units > tallTileRows) {
      gradientOfOnePanel(p, 0, p.units, firstPanel, lastPanel);
      return -1;
    }
    if (p.inputs <= fewestInputs && p.units > 2 * p.inputs) return fewInputsFunctions.ofInputs[p.inputs - 1](p);
    return oneVectorFunctions.ofRows[p.units - 1](p, firstPanel, lastPanel);
  }
  float* const ownCopy = scratch + copiedRows;
  for (size_t s = 0; s < p.samples; s += depthBlock) {
    const size_t depth = smaller(depthBlock, p.samples - s);
    const size_t firstSample = p.firstSample + s;
    copyUnits(p, 0, p.units, firstSample, depth, firstPanel == 0, scratch);
    for (size_t panel = firstPanel; panel < lastPanel; ++panel) {
      const float* packed = ownCopy;
      if (p.packed == nullptr) {
        packInputPanel(p, panel, firstSample, depth, ownCopy);
      } else {
        packed = p.packed + panel * panelWidth * p.samples + s * inputPanelWidth(p.inputs, panel);
      }
      multiplyCopies(p, 0, p.units, scratch, firstSample, depth, panel, packed);
    }
  }
  return -1;
}

}  // namespace
