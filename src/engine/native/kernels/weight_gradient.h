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

/**
 * Sums of `lanes` rows. @param row the start of each, `row(r)` @param part numbers s and following of a row,
 * `part(row, s)`, zero from number `columns` on
 */
template <class Row, class Part>
LAMINA_INLINE Vector sumRows(const Row& row, size_t columns, const Part& part) {
  Vector sums[lanes];
  for (size_t r = 0; r < lanes; ++r) {
    const float* const numbers = row(r);
    Vector own[vectorsOfSums];
    for (size_t v = 0; v < vectorsOfSums; ++v) own[v] = part(numbers, v * lanes);
    for (size_t s = sumCount; s < columns; s += sumCount) {
      for (size_t v = 0; v < vectorsOfSums; ++v) own[v] = own[v] + part(numbers, s + v * lanes);
    }
    for (size_t half = vectorsOfSums / 2; half > 0; half /= 2) {
      for (size_t v = 0; v < half; ++v) own[v] = own[v] + own[v + half];
    }
    sums[r] = own[0];
  }
  return sumLanes(sums);
}

/** Sums of up to `lanes` rows of E as they lie in a panel. */
LAMINA_APART Vector sumPanelRows(const float* e, size_t width, size_t rows, size_t columns) {
  const auto whole = [](const float* row, size_t s) { return load(row + s); };
  if (columns == sumCount && rows >= lanes) return sumRows([=](size_t r) { return e + r * width; }, sumCount, whole);
  // Those beyond the rows are sums of the first.
  const auto rowOrFirst = [=](size_t r) { return r < rows ? e + r * width : e; };
  if (columns % sumCount == 0) return sumRows(rowOrFirst, columns, whole);
  return sumRows(rowOrFirst, columns, [columns](const float* row, size_t s) {
    return s < columns ? loadPart(row + s, smaller(lanes, columns - s)) : zero();
  });
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

/**
 * A few units and as few samples as fit a vector, as networks have whose steps take less than a microsecond: nothing is
 * decided here that could be known before.
 */
template <size_t Rows>
void gradientOfOneVector(const DenseWeightGradient& p, size_t firstPanel, size_t lastPanel) {
  const size_t depth = p.samples;
  const size_t stride = p.inputs + 1;
  const size_t end = smaller(lastPanel * panelWidth, p.inputs);
  for (size_t column = firstPanel * panelWidth; column < end; column += lanes) {
    const size_t panel = column / panelWidth;
    const size_t bStride = inputPanelWidth(p.inputs, panel);
    const float* LAMINA_RESTRICT e = p.e;
    const float* LAMINA_RESTRICT b = p.packed + panel * panelWidth * depth + column % panelWidth;
    Vector sums[Rows][1];
    for (size_t r = 0; r < Rows; ++r) sums[r][0] = zero();
    size_t s = 0;
    for (; s + 2 <= depth; s += 2, e += 2, b += 2 * bStride) {
      addDepth(sums, b, [e](size_t r) { return e[r * lanes]; });
      addDepth(sums, b + bStride, [e](size_t r) { return e[r * lanes + 1]; });
    }
    if (s < depth) addDepth(sums, b, [e](size_t r) { return e[r * lanes]; });
    float* c = anew(p.dw) + column;
    if (end - column >= lanes) {
      for (size_t r = 0; r < Rows; ++r, c += stride) store(c, sums[r][0]);
    } else {
      for (size_t r = 0; r < Rows; ++r, c += stride) storePart(c, sums[r][0], end - column);
    }
  }
  if (firstPanel > 0) return;
  float bias[(Rows + lanes - 1) / lanes * lanes];
  float* const sums = anew(bias);
  for (size_t r = 0; r < Rows; r += lanes) {
    store(sums + r, sumPanelRows(p.e + r * lanes, lanes, smaller(lanes, Rows - r), depth));
  }
  float* c = p.dw + p.inputs;
  for (size_t r = 0; r < Rows; ++r, c += stride) *c = sums[r];
}

template <size_t... I>
constexpr auto oneVectorFunctionsOf(std::index_sequence<I...>) {
  struct {
    void (*ofRows[sizeof...(I)])(const DenseWeightGradient&, size_t, size_t);
  } functions = {{gradientOfOneVector<I + 1>...}};
  return functions;
}
/** `oneVectorFunctions.ofRows[rows − 1]` */
constexpr auto oneVectorFunctions = oneVectorFunctionsOf(std::make_index_sequence<tallTileRows>());

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

void denseWeightGradientOfFew(const DenseWeightGradient& p, size_t firstPanel, size_t lastPanel, float* scratch) {
  if (p.packed != nullptr && p.panels.count() == 1) {
    if (p.panels.width > lanes || p.units > tallTileRows) {
      return gradientOfOnePanel(p, 0, p.units, firstPanel, lastPanel);
    }
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
}

}  // namespace
