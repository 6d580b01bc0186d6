#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "columns.h"

/** What src/data/encode/encoder.ts does with columns of numbers that are in memory. */
namespace lamina::tables {

/** How a column of numbers becomes a column of a matrix: x′ = (x − mean) / scale. */
struct ScaledColumn {
  const Column* column;
  double mean;
  double scale;
  /** In place of a missing value; NaN where nothing is. */
  double standIn;
  /** Position in a row of the matrix. */
  size_t at;
};

struct Matrix {
  float* values;
  size_t rows;
  /** Numbers a row. */
  size_t width;
};

/**
 * Encode rows `from` … `from + count`.
 * @param places where each row goes in the matrix, below 0 for rows that are left out
 * @returns indices of the columns with a result that is no finite number
 */
std::vector<size_t> encodeNumbers(const Columns& columns, const std::vector<ScaledColumn>& chosen, size_t from,
                                  size_t count, const int32_t* places, const Matrix& into);

}  // namespace lamina::tables
