#pragma once

#include <cstddef>
#include <cstdint>

#include "compiler.h"
#include "transposes.h"

/** How samples of a table become panels, after a vector header. */
namespace {

void gatherPanel(size_t units, size_t width, size_t columns, const float* table, const uint32_t* order, float* panel) {
  for (size_t column = 0; column < width; column += lanes) {
    const float* samples[lanes];
    for (size_t i = 0; i < lanes; ++i) {
      const size_t sample = column + i < columns ? column + i : columns - 1;
      samples[i] = table + (order == nullptr ? sample : order[sample]) * units;
    }
    transposeRows(samples, units, panel + column, width);
  }
}

}  // namespace
