#pragma once

#include <cstddef>
#include <utility>

#include "compiler.h"
#include "kernels.h"
#include "parts.h"

/**
 * What all matrix products are made of, after a vector header: a tile of the result, as many rows as registers allow by
 * one or two vectors, is summed up along the depth (Goto and van de Geijn, "Anatomy of high-performance matrix
 * multiplication", 2008). Every element is a sum in the order of the depth, so neither the vector's width nor how rows
 * are divided among tiles and threads changes a bit of it.
 */
namespace {

using lamina::Panels;
using lamina::Parts;

/** Depth over which a tile's operands stay in the first-level cache. */
constexpr size_t depthBlock = 256;
/** Vectors in a tile's row. */
constexpr size_t tileVectors = 2;
constexpr size_t panelWidth = tileVectors * lanes;
/**
 * Numbers, a page of memory, that a panel is fetched ahead: processors guess what is read next as far as the page's end, and
 * what another core has written takes the longest to arrive.
 */
constexpr size_t fetchedAhead = 1024;
constexpr size_t cacheLine = 16;
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
  // Tiles of a vector each are busy loading as it is.
  for (size_t i = 0; Vectors > 1 && i < Vectors * lanes; i += cacheLine) prefetch(b + fetchedAhead + i);
  for (size_t r = 0; r < Rows; ++r) {
    const Vector x = broadcast(a(r));
    for (size_t v = 0; v < Vectors; ++v) sums[r][v] = multiplyAdd(x, bRow[v], sums[r][v]);
  }
}

template <size_t Rows, size_t Vectors, Order order>
LAMINA_INLINE void multiplyOne(const Tile& tile, const float* LAMINA_RESTRICT a, const float* bias, float* firstC) {
  Vector sums[Rows][Vectors];
  // Copied, because what is stored might be a tile's fields, as far as a compiler knows.
  const size_t columns = tile.columns;
  const size_t aStride = tile.aStride;
  const size_t bStride = tile.bStride;
  const size_t cStride = tile.cStride;
  const bool whole = columns == Vectors * lanes;
  const size_t part = columns - (Vectors - 1) * lanes;
  // A loop for each start: with one for all, the sums would begin in memory.
  if (tile.start == Start::zero) {
    for (size_t r = 0; r < Rows; ++r) {
      for (size_t v = 0; v < Vectors; ++v) sums[r][v] = zero();
    }
  } else if (tile.start == Start::bias) {
    for (size_t r = 0; r < Rows; ++r, bias += aStride) {
      for (size_t v = 0; v < Vectors; ++v) sums[r][v] = broadcast(*bias);
    }
  } else {
    const float* c = anew(firstC);
    for (size_t r = 0; r < Rows; ++r, c += cStride) {
      for (size_t v = 0; v + 1 < Vectors; ++v) sums[r][v] = load(c + v * lanes);
      const float* const end = c + (Vectors - 1) * lanes;
      sums[r][Vectors - 1] = whole ? load(end) : loadPart(end, part);
    }
  }
  if (tile.far) {
    const float* c = anew(firstC);
    for (size_t r = 0; r < Rows; ++r, c += cStride) {
      for (size_t v = 0; v < Vectors; ++v) prefetchToWrite(c + v * lanes);
      prefetchToWrite(c + columns - 1);
    }
  }
  const float* LAMINA_RESTRICT b = tile.b;
  const size_t depth = tile.depth;
  if constexpr (order == Order::columns) {
    for (size_t k = 0; k < depth; ++k, a += aStride, b += bStride) {
      addDepth(sums, b, [a](size_t r) { return a[r]; });
    }
  } else {
    // Rows in fours share a pointer: one for each would be more than there are registers.
    constexpr size_t fours = (Rows + 3) / 4;
    const float* four[fours];
    for (size_t i = 0; i < fours; ++i) four[i] = a + 4 * i * aStride;
    // Several depths in an iteration: the processor meets fewer branches than there are in so short a loop.
    constexpr size_t together = 2;
    size_t k = 0;
    for (; k + together <= depth; k += together) {
      for (size_t i = 0; i < together; ++i, b += bStride) {
        addDepth(sums, b, [&four, aStride, i](size_t r) { return four[r / 4][(r % 4) * aStride + i]; });
      }
      for (size_t i = 0; i < fours; ++i) four[i] += together;
    }
    for (; k < depth; ++k, b += bStride) {
      addDepth(sums, b, [&four, aStride](size_t r) { return four[r / 4][(r % 4) * aStride]; });
      for (size_t i = 0; i < fours; ++i) ++four[i];
    }
  }
  float* c = anew(firstC);
  for (size_t r = 0; r < Rows; ++r, c += cStride) {
    for (size_t v = 0; v + 1 < Vectors; ++v) store(c + v * lanes, sums[r][v]);
    float* const end = c + (Vectors - 1) * lanes;
    if (whole) {
      store(end, sums[r][Vectors - 1]);
    } else {
      storePart(end, sums[r][Vectors - 1], part);
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

/** Floats a product may write to: copies of all of a row block's tiles, and a panel of transposed inputs. */
constexpr size_t copiedRows = (lamina::largestRowBlock + tileRows - 1) / tileRows * depthBlock * groupStride;
constexpr size_t productScratch = copiedRows + depthBlock * panelWidth;

}  // namespace
