#pragma once

#include <cstddef>

#include "compiler.h"

/**
 * The matrix products of a dense layer, after a vector header. All three are one packed, register-blocked product:
 * a tile of C is summed up in registers over a block of the depth, from B's columns packed into panels as wide as a
 * tile (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008). Every element of C is a
 * sum in the order of the depth, whatever the vector's width.
 */
namespace {

/** Depth that a panel of B stays in the first-level cache for. */
constexpr size_t depthBlock = 256;
/** Columns of B packed at a time: with `depthBlock`, half a megabyte of second-level cache. */
constexpr size_t columnBlock = 512;
/** Rows of A packed at a time: a multiple of every instruction set's tile. */
constexpr size_t rowBlock = 96;
constexpr size_t tileVectors = 2;
constexpr size_t panelWidth = tileVectors * lanes;
/** Packing A only pays when this many panels of B read it again. */
constexpr size_t panelsWorthPackingA = 8;
/** B is used where it lies when few rows would use its packed copy and it is small enough to stay in a cache. */
constexpr size_t rowsWorthPackingB = 4 * tileRows;
constexpr size_t floatsToUseInPlace = 65536;
/** Batches up to this size are memory bound: they go through W once, as it lies. */
constexpr size_t fewRows = 4;

LAMINA_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
LAMINA_INLINE size_t roundUp(size_t size, size_t multiple) { return (size + multiple - 1) / multiple * multiple; }

/** Where A's element (row, k) lies: `data[row * stride + k]` or `data[k * stride + row]`. */
enum class Order { rows, columns };

struct Tile {
  size_t depth;
  const float* a;
  size_t aStride;
  const float* b;
  size_t bStride;
  /** What C's rows start from, or null for zero. Ignored where C is added to. */
  const float* start;
  bool addToC;
  float* c;
  size_t cStride;
  /** Columns of C, at most those of the vectors. */
  size_t columns;
};

/** C (Rows × columns) = start + A B, or C += A B. */
template <size_t Rows, size_t Vectors, Order order>
void multiplyTile(const Tile& tile) {
  Vector sums[Rows][Vectors];
  const bool whole = tile.columns == Vectors * lanes;
  const size_t part = tile.columns - (Vectors - 1) * lanes;
  for (size_t r = 0; r < Rows; ++r) {
    for (size_t v = 0; v < Vectors; ++v) {
      const float* const c = tile.c + r * tile.cStride + v * lanes;
      if (tile.addToC) {
        sums[r][v] = whole || v + 1 < Vectors ? load(c) : loadPart(c, part);
      } else {
        sums[r][v] = tile.start == nullptr ? zero() : load(tile.start + v * lanes);
      }
    }
  }
  const float* LAMINA_RESTRICT a = tile.a;
  const float* LAMINA_RESTRICT b = tile.b;
  const size_t aStride = tile.aStride;
  const size_t bStride = tile.bStride;
  for (size_t k = 0; k < tile.depth; ++k) {
    Vector bRow[Vectors];
    for (size_t v = 0; v < Vectors; ++v) bRow[v] = load(b + v * lanes);
    for (size_t r = 0; r < Rows; ++r) {
      const Vector x = broadcast(order == Order::rows ? a[r * aStride] : a[r]);
      for (size_t v = 0; v < Vectors; ++v) sums[r][v] = multiplyAdd(x, bRow[v], sums[r][v]);
    }
    a += order == Order::rows ? 1 : aStride;
    b += bStride;
  }
  for (size_t r = 0; r < Rows; ++r) {
    for (size_t v = 0; v < Vectors; ++v) {
      float* const c = tile.c + r * tile.cStride + v * lanes;
      if (whole || v + 1 < Vectors) {
        store(c, sums[r][v]);
      } else {
        storePart(c, sums[r][v], part);
      }
    }
  }
}

using MultiplyTile = void (*)(const Tile&);

/** The tile functions for 1 … tileRows rows. */
template <size_t Vectors, Order order, size_t Rows>
MultiplyTile tileFunction(size_t rows) {
  if constexpr (Rows == 1) {
    return multiplyTile<1, Vectors, order>;
  } else {
    return rows == Rows ? multiplyTile<Rows, Vectors, order> : tileFunction<Vectors, order, Rows - 1>(rows);
  }
}

LAMINA_INLINE MultiplyTile chooseTile(size_t rows, size_t vectors, Order order) {
  if (order == Order::rows) {
    return vectors == 1 ? tileFunction<1, Order::rows, tileRows>(rows) : tileFunction<2, Order::rows, tileRows>(rows);
  }
  return vectors == 1 ? tileFunction<1, Order::columns, tileRows>(rows)
                      : tileFunction<2, Order::columns, tileRows>(rows);
}

/** Where B's element (k, column) lies. */
enum class BLayout {
  /** `data[k * stride + column]` */
  rows,
  /** The same, but the last column is not stored: it is all ones, the bias feature. */
  rowsAndOnes,
  /** `data[column * stride + k]` */
  transposed
};

/** C = A B, + bias in every row where there is one, or C += A B; A is rows × depth, B depth × columns. */
struct Product {
  size_t rows;
  size_t columns;
  size_t depth;
  const float* a;
  size_t aStride;
  Order aOrder;
  const float* b;
  size_t bStride;
  BLayout bLayout;
  /** Column j's is `bias[j * biasStride]`; null for none. */
  const float* bias;
  size_t biasStride;
  float* c;
  size_t cStride;
  bool addToC;
  float* scratch;
};

LAMINA_INLINE size_t productScratch(size_t rows, size_t columns, size_t depth) {
  const size_t packedColumns = roundUp(smaller(columns, columnBlock), panelWidth);
  const size_t packedDepth = smaller(depth, depthBlock);
  const size_t packedRows = roundUp(smaller(rows, rowBlock), tileRows);
  return packedColumns + packedColumns * packedDepth + packedRows * packedDepth;
}

/** One panel: `width` columns from `column` on, `depth` rows from `k` on, packed row by row and padded with zeros. */
void packPanel(const Product& p, size_t column, size_t width, size_t paddedWidth, size_t k, size_t depth,
               float* LAMINA_RESTRICT panel) {
  if (p.bLayout == BLayout::transposed) {
    const float* LAMINA_RESTRICT source = p.b + column * p.bStride + k;
    // Sixteen numbers of a row at a time: one cache line read, and the lines written stay near.
    for (size_t first = 0; first < depth; first += 16) {
      const size_t last = smaller(first + 16, depth);
      for (size_t j = 0; j < width; ++j) {
        for (size_t i = first; i < last; ++i) panel[i * paddedWidth + j] = source[j * p.bStride + i];
      }
    }
    for (size_t i = 0; i < depth; ++i) {
      for (size_t j = width; j < paddedWidth; ++j) panel[i * paddedWidth + j] = 0;
    }
    return;
  }
  const bool ones = p.bLayout == BLayout::rowsAndOnes && column + width == p.columns;
  const size_t stored = ones ? width - 1 : width;
  for (size_t i = 0; i < depth; ++i) {
    const float* LAMINA_RESTRICT source = p.b + (k + i) * p.bStride + column;
    float* LAMINA_RESTRICT row = panel + i * paddedWidth;
    for (size_t j = 0; j < stored; ++j) row[j] = source[j];
    for (size_t j = stored; j < paddedWidth; ++j) row[j] = ones && j == stored ? 1.0F : 0.0F;
  }
}

/** A's rows from `row` on, in groups of a tile's rows, each group depth × its rows. */
void packA(const Product& p, size_t row, size_t rows, size_t k, size_t depth, float* LAMINA_RESTRICT packed) {
  for (size_t first = 0; first < rows; first += tileRows) {
    const size_t group = smaller(tileRows, rows - first);
    if (p.aOrder == Order::rows) {
      for (size_t r = 0; r < group; ++r) {
        const float* LAMINA_RESTRICT source = p.a + (row + first + r) * p.aStride + k;
        for (size_t i = 0; i < depth; ++i) packed[i * group + r] = source[i];
      }
    } else {
      for (size_t i = 0; i < depth; ++i) {
        const float* LAMINA_RESTRICT source = p.a + (k + i) * p.aStride + row + first;
        for (size_t r = 0; r < group; ++r) packed[i * group + r] = source[r];
      }
    }
    packed += group * depth;
  }
}

void multiply(const Product& p) {
  const size_t widestColumns = roundUp(smaller(p.columns, columnBlock), panelWidth);
  float* const bias = p.scratch;
  float* const packedB = bias + widestColumns;
  float* const packedA = packedB + widestColumns * smaller(p.depth, depthBlock);
  const bool inPlace = p.bLayout != BLayout::transposed && p.rows <= rowsWorthPackingB &&
                       p.depth * p.bStride <= floatsToUseInPlace;
  const size_t storedColumns = p.bLayout == BLayout::rowsAndOnes ? p.columns - 1 : p.columns;

  for (size_t column0 = 0; column0 < p.columns; column0 += columnBlock) {
    const size_t columns = smaller(columnBlock, p.columns - column0);
    if (p.bias != nullptr) {
      for (size_t j = 0; j < columns; ++j) bias[j] = p.bias[(column0 + j) * p.biasStride];
      for (size_t j = columns; j < roundUp(columns, panelWidth); ++j) bias[j] = 0;
    }
    for (size_t k0 = 0; k0 < p.depth; k0 += depthBlock) {
      const size_t depth = smaller(depthBlock, p.depth - k0);
      for (size_t j = 0; j < columns; j += panelWidth) {
        const size_t width = smaller(panelWidth, columns - j);
        if (inPlace && column0 + j + panelWidth <= storedColumns) continue;
        packPanel(p, column0 + j, width, roundUp(width, lanes), k0, depth, packedB + j * depth);
      }
      const bool packs = columns >= panelsWorthPackingA * panelWidth;
      for (size_t row0 = 0; row0 < p.rows; row0 += rowBlock) {
        const size_t rows = smaller(rowBlock, p.rows - row0);
        if (packs) packA(p, row0, rows, k0, depth, packedA);
        for (size_t j = 0; j < columns; j += panelWidth) {
          const size_t width = smaller(panelWidth, columns - j);
          const size_t vectors = width > lanes ? 2 : 1;
          Tile tile;
          tile.depth = depth;
          if (inPlace && column0 + j + panelWidth <= storedColumns) {
            tile.b = p.b + k0 * p.bStride + column0 + j;
            tile.bStride = p.bStride;
          } else {
            tile.b = packedB + j * depth;
            tile.bStride = vectors * lanes;
          }
          tile.start = p.bias == nullptr ? nullptr : bias + j;
          tile.addToC = p.addToC || k0 > 0;
          tile.cStride = p.cStride;
          tile.columns = width;
          for (size_t r = 0; r < rows; r += tileRows) {
            const size_t group = smaller(tileRows, rows - r);
            const Order order = packs ? Order::columns : p.aOrder;
            if (packs) {
              tile.a = packedA + r * depth;
              tile.aStride = group;
            } else {
              tile.a = p.aOrder == Order::rows ? p.a + (row0 + r) * p.aStride + k0 : p.a + k0 * p.aStride + row0 + r;
              tile.aStride = p.aStride;
            }
            tile.c = p.c + (row0 + r) * p.cStride + column0 + j;
            chooseTile(group, vectors, order)(tile);
          }
        }
      }
    }
  }
}

/** Σ of 16 lanes, in one order on every instruction set. */
LAMINA_INLINE float sumOfLanes(const Vector (&sums)[16 / lanes]) {
  float all[16];
  for (size_t v = 0; v < 16 / lanes; ++v) store(all + v * lanes, sums[v]);
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) all[i] += all[i + half];
  }
  return all[0];
}

/** x · y */
LAMINA_INLINE float dot(size_t count, const float* x, const float* y) {
  Vector sums[16 / lanes];
  for (size_t v = 0; v < 16 / lanes; ++v) sums[v] = zero();
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (size_t v = 0; v < 16 / lanes; ++v) {
      sums[v] = multiplyAdd(load(x + i + v * lanes), load(y + i + v * lanes), sums[v]);
    }
  }
  for (size_t v = 0; i < count; ++v, i += lanes) {
    const size_t rest = count - i;
    sums[v] = rest >= lanes ? multiplyAdd(load(x + i), load(y + i), sums[v])
                            : multiplyAdd(loadPart(x + i, rest), loadPart(y + i, rest), sums[v]);
  }
  return sumOfLanes(sums);
}

/** y += factor · x */
LAMINA_INLINE void addMultiple(size_t count, float factor, const float* x, float* y) {
  const Vector f = broadcast(factor);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) store(y + i, multiplyAdd(f, load(x + i), load(y + i)));
  if (i < count) storePart(y + i, multiplyAdd(f, loadPart(x + i, count - i), loadPart(y + i, count - i)), count - i);
}

size_t denseScratch(size_t rows, size_t inputs, size_t units) {
  const size_t forward = productScratch(rows, units, inputs);
  const size_t weights = productScratch(units, inputs + 1, rows);
  const size_t back = productScratch(rows, inputs, units);
  const size_t larger = forward > weights ? forward : weights;
  return larger > back ? larger : back;
}

void denseForward(size_t rows, size_t inputs, size_t units, const float* w, const float* a, float* z, float* scratch) {
  const size_t stride = inputs + 1;
  if (rows <= fewRows) {
    for (size_t unit = 0; unit < units; ++unit) {
      const float* const row = w + unit * stride;
      for (size_t r = 0; r < rows; ++r) z[r * units + unit] = dot(inputs, row, a + r * inputs) + row[inputs];
    }
    return;
  }
  multiply({rows, units, inputs, a, inputs, Order::rows, w, stride, BLayout::transposed, w + inputs, stride, z, units,
            false, scratch});
}

void denseWeightGradient(size_t rows, size_t inputs, size_t units, const float* e, const float* a, float* dw,
                         float* scratch) {
  multiply({units, inputs + 1, rows, e, units, Order::columns, a, inputs, BLayout::rowsAndOnes, nullptr, 0, dw,
            inputs + 1, false, scratch});
}

void denseInputGradient(size_t rows, size_t inputs, size_t units, const float* w, const float* e, float* g,
                        bool accumulate, float* scratch) {
  const size_t stride = inputs + 1;
  if (rows <= fewRows) {
    if (!accumulate) {
      for (size_t i = 0; i < rows * inputs; ++i) g[i] = 0;
    }
    for (size_t unit = 0; unit < units; ++unit) {
      for (size_t r = 0; r < rows; ++r) addMultiple(inputs, e[r * units + unit], w + unit * stride, g + r * inputs);
    }
    return;
  }
  multiply({rows, inputs, units, e, units, Order::rows, w, stride, BLayout::rows, nullptr, 0, g, inputs, accumulate,
            scratch});
}

}  // namespace
