#pragma once

#include "panels.h"
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

/** Floats of a panel of inputs in the copy that a weight gradient reads, per sample. */
LAMINA_INLINE size_t inputPanelWidth(size_t inputs, size_t panel) {
  return inputs - panel * panelWidth > lanes ? panelWidth : lanes;
}

/** A panel of inputs over `depth` samples: depth × inputPanelWidth. */
LAMINA_INLINE void packInputPanel(const DenseWeightGradient& p, size_t inputPanel, size_t firstSample, size_t depth,
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

// A row of E is added up as `sumCount` sums, number s to sum s mod `sumCount`, and those in halves: however it lies.

/** Sums of up to `lanes` rows of E that are copied. */
LAMINA_INLINE Vector sumCopiedRows(const float* copy, size_t depth) {
  Vector sums[sumCount];
  for (Vector& sum : sums) sum = zero();
  size_t s = 0;
  for (; s + sumCount <= depth; s += sumCount) {
    for (size_t i = 0; i < sumCount; ++i) sums[i] = sums[i] + load(copy + (s + i) * groupStride);
  }
  for (size_t i = 0; i < sumCount; ++i) {
    if (s + i < depth) sums[i] = sums[i] + load(copy + (s + i) * groupStride);
  }
  for (size_t half = sumCount / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) sums[i] = sums[i] + sums[i + half];
  }
  return sums[0];
}

/** Sums of up to `lanes` rows of E as they lie in a panel. */
LAMINA_INLINE Vector sumPanelRows(const float* e, size_t width, size_t rows, size_t columns) {
  // Those beyond the rows are sums of the first.
  const size_t beyond = rows < lanes ? rows : lanes;
  const auto partFrom = [=](size_t r, size_t s) {
    const size_t part = s < columns ? smaller(lanes, columns - s) : 0;
    return loadPart(e + (r < beyond ? r * width : 0) + s, part);
  };
  Vector sums[vectorsOfSums][lanes];
  for (size_t v = 0; v < vectorsOfSums; ++v) {
    for (size_t r = 0; r < lanes; ++r) sums[v][r] = partFrom(r, v * lanes);
  }
  for (size_t s = sumCount; s < columns; s += sumCount) {
    for (size_t v = 0; v < vectorsOfSums; ++v) {
      for (size_t r = 0; r < lanes; ++r) sums[v][r] = sums[v][r] + partFrom(r, s + v * lanes);
    }
  }
  for (size_t half = vectorsOfSums / 2; half > 0; half /= 2) {
    for (size_t v = 0; v < half; ++v) {
      for (size_t r = 0; r < lanes; ++r) sums[v][r] = sums[v][r] + sums[v + half][r];
    }
  }
  return sumLanes(sums[0]);
}

/** What is broadcast in the tiles of some units: E as it lies where that is one panel, else a copy. */
struct Broadcast {
  bool inPlace;
  Parts tiles;
  const float* a;
};

/**
 * Makes units `first` to before `last` of E ready over `depth` samples, and the bias column, which is their sums, added
 * to what the samples before contributed.
 */
LAMINA_INLINE Broadcast broadcastRows(const DenseWeightGradient& p, size_t first, size_t last, size_t firstSample,
                                      size_t depth, bool sumsUp, float* copies) {
  const size_t width = p.panels.width;
  const bool inPlace = p.panels.count() == 1;
  const Parts tiles = tilesOf(last - first, p.inputs <= lanes);
  const size_t stride = p.inputs + 1;
  const auto addBias = [&](size_t unit, size_t rows, Vector x) {
    float sums[lanes];
    store(sums, x);
    float* const bias = p.dw + unit * stride + p.inputs;
    for (size_t r = 0; r < rows; ++r) bias[r * stride] = firstSample > 0 ? bias[r * stride] + sums[r] : sums[r];
  };
  if (inPlace) {
    for (size_t unit = first; sumsUp && unit < last; unit += lanes) {
      const size_t rows = smaller(lanes, last - unit);
      addBias(unit, rows, sumPanelRows(p.e + unit * width, width, rows, depth));
    }
    return {inPlace, tiles, p.e + first * width};
  }
  for (size_t index = 0; index < tiles.count(); ++index) {
    const size_t unit = first + tiles.start(index);
    const size_t rows = tiles.size(index);
    float* const copy = copies + index * depthBlock * groupStride;
    copyRows(p, unit, rows, firstSample, depth, copy);
    for (size_t r = 0; sumsUp && r < rows; r += lanes) {
      addBias(unit + r, smaller(lanes, rows - r), sumCopiedRows(copy + r, depth));
    }
  }
  return {inPlace, tiles, copies};
}

/** The tiles of a panel of inputs, whose transposed copy is `packed`. */
LAMINA_INLINE void multiplyPanel(const DenseWeightGradient& p, size_t first, const Broadcast& rows, size_t firstSample,
                                 size_t depth, size_t inputPanel, const float* packed) {
  const size_t column = inputPanel * panelWidth;
  const size_t width = p.panels.width;
  Tile tile;
  tile.depth = depth;
  tile.aStride = rows.inPlace ? width : groupStride;
  tile.b = packed;
  tile.bStride = inputPanelWidth(p.inputs, inputPanel);
  tile.start = firstSample > 0 ? Start::c : Start::zero;
  tile.bias = nullptr;
  tile.cStride = p.inputs + 1;
  tile.columns = smaller(panelWidth, p.inputs - column);
  tile.far = depth >= depthWorthPrefetching;
  for (size_t index = 0; index < rows.tiles.count(); index += tile.count) {
    const size_t size = rows.tiles.size(index);
    tile.count = rows.tiles.equalFrom(index);
    tile.c = p.dw + (first + rows.tiles.start(index)) * tile.cStride + column;
    if (rows.inPlace) {
      tile.a = rows.a + rows.tiles.start(index) * width;
      tile.aStep = size * width;
      multiply<Order::rows>(size, tile);
    } else {
      tile.a = rows.a + index * depthBlock * groupStride;
      tile.aStep = depthBlock * groupStride;
      multiply<Order::columns>(size, tile);
    }
  }
}

void denseWeightGradient(const DenseWeightGradient& p, size_t first, size_t last, float* scratch) {
  // Cut at whole panels, which are what is transposed: the panels' width divides the block.
  for (size_t s = 0; s < p.samples; s += depthBlock) {
    const size_t depth = smaller(depthBlock, p.samples - s);
    const Broadcast rows = broadcastRows(p, first, last, p.firstSample + s, depth, true, scratch);
    for (size_t panel = 0; panel * panelWidth < p.inputs; ++panel) {
      const float* const packed = p.packed + panel * panelWidth * p.samples + s * inputPanelWidth(p.inputs, panel);
      multiplyPanel(p, first, rows, p.firstSample + s, depth, panel, packed);
    }
  }
}

void denseWeightGradientOfFew(const DenseWeightGradient& p, size_t firstPanel, size_t lastPanel, float* scratch) {
  float* const packed = scratch + copiedRows;
  for (size_t s = 0; s < p.samples; s += depthBlock) {
    const size_t depth = smaller(depthBlock, p.samples - s);
    const size_t firstSample = p.firstSample + s;
    const Broadcast rows = broadcastRows(p, 0, p.units, firstSample, depth, firstPanel == 0, scratch);
    for (size_t panel = firstPanel; panel < lastPanel; ++panel) {
      packInputPanel(p, panel, firstSample, depth, packed);
      multiplyPanel(p, 0, rows, firstSample, depth, panel, packed);
    }
  }
}

}  // namespace
