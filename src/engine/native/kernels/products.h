#pragma once

#include "tiles.h"

/**
 * A dense layer's forward product and that for the gradient of its input, after a vector header. Panels of samples are
 * what a tile's vectors are loaded from as they lie; what is broadcast to them, one number per row, comes from W, which
 * is copied first only where reading it in place would miss the cache.
 */
namespace {

using lamina::DenseForward;
using lamina::DenseInputGradient;

/** Copying columns of W pays from this depth on. */
constexpr size_t depthWorthCopying = 32;
/** Numbers of W that stay in the first-level cache beside a panel. */
constexpr size_t numbersNear = 4096;

/** Columns of a panel that are worth computing: whole vectors, because nothing looks at those beyond the samples. */
LAMINA_INLINE size_t computedColumns(const Panels& panels, size_t panel) {
  return ceilDivide(panels.columns(panel), lanes) * lanes;
}

/** Fetches rows of W that are needed soon, a depth block's part of them. */
LAMINA_INLINE void prefetchRows(const float* rows, size_t count, size_t stride, size_t depth) {
  for (size_t r = 0; r < count; ++r) {
    for (size_t k = 0; k < depth; k += 16) prefetch(rows + r * stride + k);
  }
}

void denseForward(const DenseForward& p, size_t first, size_t last) {
  const size_t stride = p.inputs + 1;
  const size_t width = p.panels.width;
  const size_t panels = p.panels.count();
  const Parts tiles = tilesOf(last - first, width == lanes);
  const Parts blocks = Parts::ofAtMost(depthBlock, p.inputs);
  // A panel goes through all rows of W at once where those stay in the cache, else a tile's rows through all panels.
  const bool near = panels == 1 || (last - first) * p.inputs <= numbersNear;
  Tile tile;
  tile.aStride = stride;
  tile.bStride = width;
  tile.cStride = width;
  tile.far = false;
  for (size_t block = 0; block < blocks.count(); ++block) {
    const size_t k0 = blocks.start(block);
    const bool ends = block + 1 == blocks.count();
    tile.depth = blocks.size(block);
    tile.start = k0 == 0 ? Start::bias : Start::c;
    for (size_t index = 0; index < tiles.count(); index += tile.count) {
      const size_t unit = first + tiles.start(index);
      const size_t rows = tiles.size(index);
      const float* const w = p.w + unit * stride;
      tile.count = near ? tiles.equalFrom(index) : 1;
      tile.aStep = rows * stride;
      tile.a = w + k0;
      tile.bias = w + p.inputs;
      const size_t nextRows = !near && index + 1 < tiles.count() ? tiles.size(index + 1) : 0;
      for (size_t panel = 0; panel < panels; ++panel) {
        if (nextRows > 0) {
          // A share of the next tile's rows with each panel, so that they arrive while this one is computed.
          const size_t from = nextRows * panel / panels;
          prefetchRows(w + (rows + from) * stride + k0, nextRows * (panel + 1) / panels - from, stride, tile.depth);
        }
        const size_t c = (panel * p.units + unit) * width;
        tile.b = p.a + (panel * p.inputs + k0) * width;
        tile.c = p.z + c;
        tile.columns = computedColumns(p.panels, panel);
        multiply<Order::rows>(rows, tile);
        if (ends && p.activate != nullptr) p.activate(tile.count * rows * width, p.z + c, p.activated + c);
      }
    }
  }
}

/** `columns` columns of W over the depth: depth × groupStride. */
LAMINA_INLINE void copyColumns(const float* w, size_t stride, size_t columns, size_t depth, float* copy) {
  for (size_t j = 0; j < columns; j += lanes) {
    const size_t part = columns - j;
    // As few instructions as there can be, so that the processor sees far ahead: each row is a miss of its own.
    if (part < lanes) {
      for (size_t k = 0; k < depth; ++k) store(copy + k * groupStride + j, loadPart(w + k * stride + j, part));
    } else {
      for (size_t k = 0; k < depth; ++k) store(copy + k * groupStride + j, load(w + k * stride + j));
    }
  }
}

void denseInputGradient(const DenseInputGradient& p, size_t first, size_t last, float* scratch) {
  const size_t stride = p.inputs + 1;
  const size_t width = p.panels.width;
  const size_t panels = p.panels.count();
  const Parts tiles = tilesOf(last - first, width == lanes);
  const Parts blocks = Parts::ofAtMost(depthBlock, p.units);
  Tile tile;
  tile.bStride = width;
  tile.bias = nullptr;
  tile.cStride = width;
  tile.far = false;
  for (size_t block = 0; block < blocks.count(); ++block) {
    const size_t k0 = blocks.start(block);
    const bool ends = block + 1 == blocks.count();
    tile.depth = blocks.size(block);
    tile.start = k0 > 0 || p.accumulate ? Start::c : Start::zero;
    const float* const w = p.w + k0 * stride + first;
    const bool copies = panels > 1 && tile.depth >= depthWorthCopying;
    tile.aStride = copies ? groupStride : stride;
    for (size_t index = 0; index < tiles.count(); index += tile.count) {
      const size_t input = first + tiles.start(index);
      const size_t rows = tiles.size(index);
      tile.count = copies ? 1 : tiles.equalFrom(index);
      tile.aStep = rows;
      tile.a = copies ? scratch : w + tiles.start(index);
      if (copies) copyColumns(w + tiles.start(index), stride, rows, tile.depth, scratch);
      // What is copied next, here or in the next block: the processor does not guess rows so far apart.
      const bool same = index + 1 < tiles.count();
      const float* const next = same ? w + tiles.start(index + 1) + tiles.size(index + 1) - 1 : w + tile.depth * stride;
      const size_t nextDepth = !copies || (!same && ends) ? 0 : same ? tile.depth : blocks.size(block + 1);
      for (size_t panel = 0; panel < panels; ++panel) {
        if (nextDepth > 0) {
          const size_t to = nextDepth * (panel + 1) / panels;
          for (size_t k = nextDepth * panel / panels; k < to; ++k) prefetch(next + k * stride);
        }
        const size_t c = (panel * p.inputs + input) * width;
        tile.b = p.e + (panel * p.units + k0) * width;
        tile.c = p.g + c;
        tile.columns = computedColumns(p.panels, panel);
        multiply<Order::columns>(rows, tile);
        if (ends && p.backward != nullptr) {
          p.backward(tile.count * rows * width, p.z + c, p.a + c, p.g + c, p.behind + c, false);
        }
      }
    }
  }
}

}  // namespace
