#pragma once

#include <cstddef>

#include "compiler.h"

/** How rows of numbers become columns, after a vector header. */
namespace {

/** Columns ahead that are fetched to be written: what other cores have read is handed over slowly. */
constexpr size_t fetchedColumns = 32;

/**
 * Column s of `lanes` rows becomes the vector at `target + s * targetStride`.
 * @param row the start of each row, `row(i)`
 */
template <class Row>
LAMINA_INLINE void transposeLanes(const Row& row, size_t columns, float* target, size_t targetStride) {
  size_t s = 0;
  // Kept a loop: unrolled, its addresses would be more than there are registers.
  LAMINA_KEEP_LOOP
  for (; s + 4 <= columns; s += 4, target += 4 * targetStride) {
    for (size_t i = 0; i < 4; ++i) prefetchToWrite(target + (fetchedColumns + i) * targetStride);
    Vector four[4];
    loadColumns(row, s, four);
    for (size_t i = 0; i < 4; ++i) store(target + i * targetStride, four[i]);
  }
  for (; s < columns; ++s, target += targetStride) {
    for (size_t i = 0; i < lanes; ++i) target[i] = row(i)[s];
  }
}

/** Rows anywhere. */
LAMINA_APART void transposeRows(const float* const* rows, size_t columns, float* target, size_t targetStride) {
  transposeLanes([rows](size_t i) { return rows[i]; }, columns, target, targetStride);
}

/** Rows that lie `stride` apart; where there are only `count`, the last one stands for those beyond. */
LAMINA_APART void transposeRows(const float* first, size_t stride, size_t count, size_t columns, float* target,
                                size_t targetStride) {
  if (count >= lanes) {
    transposeLanes([first, stride](size_t i) { return first + i * stride; }, columns, target, targetStride);
    return;
  }
  const float* rows[lanes];
  for (size_t i = 0; i < lanes; ++i) rows[i] = first + (i < count ? i : count - 1) * stride;
  transposeRows(rows, columns, target, targetStride);
}

}  // namespace
