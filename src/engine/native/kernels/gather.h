#pragma once

#include <cstddef>
#include <cstdint>

#include "compiler.h"

/** How samples of a table become panels, after a vector header. */
namespace {

void gatherPanel(size_t units, size_t width, size_t columns, const float* table, const uint32_t* order, float* panel) {
  for (size_t column = 0; column < width; column += lanes) {
    const float* samples[lanes];
    for (size_t i = 0; i < lanes; ++i) {
      const size_t sample = column + i < columns ? column + i : columns - 1;
      samples[i] = table + (order == nullptr ? sample : order[sample]) * units;
    }
    for (size_t unit = 0; unit < units; unit += lanes) {
      const size_t rest = units - unit;
      Vector block[lanes];
      for (size_t i = 0; i < lanes; ++i) {
        block[i] = rest < lanes ? loadPart(samples[i] + unit, rest) : load(samples[i] + unit);
      }
      transpose(block);
      float* const rows = panel + unit * width + column;
      for (size_t i = 0; i < lanes; ++i) {
        if (i < rest) store(rows + i * width, block[i]);
      }
    }
  }
}

}  // namespace
