#pragma once

#include "panels.h"
#include "tiles.h"

/** Sums of E's rows, which are the bias column of weight gradients, after a vector header. */
namespace {

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

}  // namespace
