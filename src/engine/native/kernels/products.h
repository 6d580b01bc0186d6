#pragma once

#include <cstddef>
#include <utility>

#include "compiler.h"
#include "kernels.h"
#include "parts.h"

/**
 * The matrix products of a dense layer, after a vector header. All three sum up a tile of the result, as many rows as
 * registers allow by one or two vectors, along the depth (Goto and van de Geijn, "Anatomy of high-performance matrix
 * multiplication", 2008). Every element is a sum in the order of the depth, so neither the vector's width nor how rows
 * are divided among tiles and threads changes a bit of it.
 *
 * Panels are what a tile's vectors are loaded from as they lie; what is broadcast to them, one number per row, comes
 * from W or E, which are copied first only where reading them in place would miss the cache.
 */
namespace {

using lamina::DenseForward;
using lamina::DenseInputGradient;
using lamina::DenseWeightGradient;
using lamina::Panels;
using lamina::Parts;

/** Depth over which a tile's operands stay in the first-level cache. */
constexpr size_t depthBlock = 256;
/** Copying columns of W pays from this depth on. */
constexpr size_t depthWorthCopying = 32;
/** Numbers of W that stay in the first-level cache beside a panel. */
constexpr size_t numbersNear = 4096;
/** A tile of this depth takes long enough for what it writes to arrive in the cache. */
constexpr size_t depthWorthPrefetching = 64;
/** Vectors in a tile's row. */
constexpr size_t tileVectors = 2;
constexpr size_t panelWidth = tileVectors * lanes;
/** Numbers of one depth of a copied group of rows: whole vectors, because they are made by transposing those. */
constexpr size_t groupStride = (tallTileRows + lanes - 1) / lanes * lanes;

LAMINA_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
LAMINA_INLINE size_t ceilDivide(size_t a, size_t b) { return (a + b - 1) / b; }

/** Where element (row, k) of what is broadcast lies: `a[row * stride + k]` or `a[k * stride + row]`. */
enum class Order { rows, columns };

/** What the sums of a tile start from. */
enum class Start { zero, bias, c };

struct Tile {
  size_t depth;
  const float* a;
  size_t aStride;
  const float* b;
  size_t bStride;
  Start start;
  /** Row r's is `bias[r * aStride]`. */
  const float* bias;
  float* c;
  size_t cStride;
  /** Columns of C to write, at most those of the vectors. */
  size_t columns;
  /** Tiles one below the other, all of as many rows: what is broadcast of the next one lies so much further on. */
  size_t count;
  size_t aStep;
  /** Whether C is likely not to be in the cache. */
  bool far;
};

/** One depth of a tile; `a(r)` is the number of row r. */
template <size_t Rows, size_t Vectors, class A>
LAMINA_INLINE void addDepth(Vector (&sums)[Rows][Vectors], const float* b, const A& a) {
  Vector bRow[Vectors];
  for (size_t v = 0; v < Vectors; ++v) bRow[v] = load(b + v * lanes);
  for (size_t r = 0; r < Rows; ++r) {
    const Vector x = broadcast(a(r));
    for (size_t v = 0; v < Vectors; ++v) sums[r][v] = multiplyAdd(x, bRow[v], sums[r][v]);
  }
}

template <size_t Rows, size_t Vectors, Order order>
LAMINA_INLINE void multiplyOne(const Tile& tile, const float* LAMINA_RESTRICT a, const float* bias, float* firstC) {
  Vector sums[Rows][Vectors];
  const bool whole = tile.columns == Vectors * lanes;
  const size_t part = tile.columns - (Vectors - 1) * lanes;
  const size_t aStride = tile.aStride;
  for (size_t r = 0; r < Rows; ++r) {
    for (size_t v = 0; v < Vectors; ++v) {
      const float* const c = firstC + r * tile.cStride + v * lanes;
      if (tile.start == Start::c) {
        sums[r][v] = whole || v + 1 < Vectors ? load(c) : loadPart(c, part);
      } else {
        sums[r][v] = tile.start == Start::zero ? zero() : broadcast(bias[r * aStride]);
      }
    }
  }
  if (tile.far) {
    for (size_t r = 0; r < Rows; ++r) {
      const float* const c = firstC + r * tile.cStride;
      for (size_t v = 0; v < Vectors; ++v) prefetchToWrite(c + v * lanes);
      prefetchToWrite(c + tile.columns - 1);
    }
  }
  const float* LAMINA_RESTRICT b = tile.b;
  const size_t bStride = tile.bStride;
  if constexpr (order == Order::columns) {
    for (size_t k = 0; k < tile.depth; ++k, a += aStride, b += bStride) {
      addDepth(sums, b, [a](size_t r) { return a[r]; });
    }
  } else {
    // Rows in fours share a pointer: one for each would be more than there are registers.
    constexpr size_t fours = (Rows + 3) / 4;
    const float* four[fours];
    for (size_t i = 0; i < fours; ++i) four[i] = a + 4 * i * aStride;
    for (size_t k = 0; k < tile.depth; ++k, b += bStride) {
      addDepth(sums, b, [&four, aStride](size_t r) { return four[r / 4][(r % 4) * aStride]; });
      for (size_t i = 0; i < fours; ++i) ++four[i];
    }
  }
  for (size_t r = 0; r < Rows; ++r) {
    for (size_t v = 0; v < Vectors; ++v) {
      float* const c = firstC + r * tile.cStride + v * lanes;
      if (whole || v + 1 < Vectors) {
        store(c, sums[r][v]);
      } else {
        storePart(c, sums[r][v], part);
      }
    }
  }
}

template <size_t Rows, size_t Vectors, Order order>
void multiplyTiles(const Tile& tile) {
  const float* a = tile.a;
  const float* bias = tile.bias;
  float* c = tile.c;
  for (size_t i = 0; i < tile.count; ++i, a += tile.aStep, c += Rows * tile.cStride) {
    multiplyOne<Rows, Vectors, order>(tile, a, bias, c);
    if (tile.start == Start::bias) bias += tile.aStep;
  }
}

using MultiplyTiles = void (*)(const Tile&);

template <size_t Vectors, Order order, size_t... I>
constexpr auto tileFunctionsOf(std::index_sequence<I...>) {
  struct {
    MultiplyTiles ofRows[sizeof...(I)];
  } functions = {{multiplyTiles<I + 1, Vectors, order>...}};
  return functions;
}
/** `tileFunctions<order, vectors>.ofRows[rows − 1]` */
template <Order order, size_t Vectors>
constexpr auto tileFunctions = tileFunctionsOf<Vectors, order>(std::make_index_sequence<Vectors == 1 ? tallTileRows : tileRows>());

/** Tiles of so many rows each. */
template <Order order>
LAMINA_INLINE void multiply(size_t rows, const Tile& tile) {
  if (tile.columns > lanes) {
    tileFunctions<order, 2>.ofRows[rows - 1](tile);
  } else {
    tileFunctions<order, 1>.ofRows[rows - 1](tile);
  }
}

/** Rows divided among tiles. @param narrow whether the tiles have one vector in a row */
LAMINA_INLINE Parts tilesOf(size_t rows, bool narrow) { return Parts::ofAtMost(narrow ? tallTileRows : tileRows, rows); }

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

/** Floats the functions below may write to. */
constexpr size_t productScratch = (lamina::largestRowBlock + tileRows - 1) / tileRows * depthBlock * groupStride;

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

/**
 * Transposes up to `lanes` rows of a panel: column s of them becomes `target[s * targetStride …]`, whole vectors with
 * zeros where there are no more rows.
 */
LAMINA_INLINE void transposeRows(const float* source, size_t sourceStride, size_t rows, size_t columns, float* target,
                                 size_t targetStride) {
  for (size_t s = 0; s < columns; s += lanes) {
    Vector block[lanes];
    if (rows >= lanes) {
      loadTransposed(source + s, sourceStride, block);
    } else {
      for (size_t r = 0; r < lanes; ++r) block[r] = r < rows ? load(source + r * sourceStride + s) : zero();
      transpose(block);
    }
    const size_t wanted = columns - s;
    if (wanted >= lanes) {
      for (size_t i = 0; i < lanes; ++i) store(target + (s + i) * targetStride, block[i]);
    } else {
      for (size_t i = 0; i < wanted; ++i) store(target + (s + i) * targetStride, block[i]);
    }
  }
}

/** Floats of a panel of inputs in the copy that a weight gradient reads, per sample. */
LAMINA_INLINE size_t inputPanelWidth(size_t inputs, size_t panel) {
  return inputs - panel * panelWidth > lanes ? panelWidth : lanes;
}

void packInputs(const DenseWeightGradient& p, size_t firstPanel, size_t lastPanel) {
  const size_t width = p.panels.width;
  for (size_t inputPanel = firstPanel; inputPanel < lastPanel; ++inputPanel) {
    const size_t packedWidth = inputPanelWidth(p.inputs, inputPanel);
    float* const packed = p.packed + inputPanel * panelWidth * p.samples;
    for (size_t sample = 0; sample < p.samples; sample += width) {
      // Panels follow each other, inputs × width each: the one of a sample begins at its number times the inputs.
      const float* const panel = p.a + (p.firstSample + sample) * p.inputs;
      const size_t columns = smaller(width, p.samples - sample);
      for (size_t i = 0; i < packedWidth; i += lanes) {
        const size_t input = inputPanel * panelWidth + i;
        transposeRows(panel + input * width, width, smaller(lanes, p.inputs - input), columns,
                      packed + sample * packedWidth + i, packedWidth);
      }
    }
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

/** The bias column: the group's rows of E summed up over the depth, added to what the samples before contributed. */
LAMINA_INLINE void sumRows(const float* copy, size_t rows, size_t depth, bool adds, float* bias, size_t stride) {
  float sums[groupStride];
  for (size_t r = 0; r < rows; r += lanes) {
    Vector even = zero();
    Vector odd = zero();
    size_t s = 0;
    for (; s + 2 <= depth; s += 2) {
      even = even + load(copy + s * groupStride + r);
      odd = odd + load(copy + (s + 1) * groupStride + r);
    }
    if (s < depth) even = even + load(copy + s * groupStride + r);
    store(sums + r, even + odd);
  }
  for (size_t r = 0; r < rows; ++r) bias[r * stride] = adds ? bias[r * stride] + sums[r] : sums[r];
}

void denseWeightGradient(const DenseWeightGradient& p, size_t first, size_t last, float* scratch) {
  const size_t stride = p.inputs + 1;
  const Parts tiles = tilesOf(last - first, p.inputs <= lanes);
  Tile tile;
  tile.aStride = groupStride;
  tile.aStep = depthBlock * groupStride;
  tile.bias = nullptr;
  tile.cStride = stride;
  // Cut at whole panels, which are what is transposed: the panels' width divides the block.
  for (size_t s0 = 0; s0 < p.samples; s0 += depthBlock) {
    const bool adds = s0 > 0 || p.firstSample > 0;
    tile.depth = smaller(depthBlock, p.samples - s0);
    tile.start = adds ? Start::c : Start::zero;
    tile.far = tile.depth >= depthWorthPrefetching;
    for (size_t index = 0; index < tiles.count(); ++index) {
      const size_t unit = first + tiles.start(index);
      float* const copy = scratch + index * tile.aStep;
      copyRows(p, unit, tiles.size(index), p.firstSample + s0, tile.depth, copy);
      sumRows(copy, tiles.size(index), tile.depth, adds, p.dw + unit * stride + p.inputs, stride);
    }
    for (size_t column = 0; column < p.inputs; column += panelWidth) {
      const size_t packedWidth = inputPanelWidth(p.inputs, column / panelWidth);
      tile.b = p.packed + column * p.samples + s0 * packedWidth;
      tile.bStride = packedWidth;
      tile.columns = smaller(panelWidth, p.inputs - column);
      for (size_t index = 0; index < tiles.count(); index += tile.count) {
        tile.count = tiles.equalFrom(index);
        tile.a = scratch + index * tile.aStep;
        tile.c = p.dw + (first + tiles.start(index)) * stride + column;
        multiply<Order::columns>(tiles.size(index), tile);
      }
    }
  }
}

}  // namespace
