#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dictionary.h"

namespace lamina::tables {

enum class Storage : uint8_t { none, number, text };

/** What a text column holds where a value is missing. */
constexpr uint32_t missingCode = UINT32_MAX;

/** Consecutive rows of a column: float64s with NaN for a missing value, or codes of texts. */
struct Piece {
  std::vector<double> numbers;
  std::vector<uint32_t> codes;
};

/** A column of a table in memory. */
struct Column {
  Storage storage = Storage::none;
  std::vector<Piece> pieces;
  Dictionary texts;
  /** The largest |x| of all numbers. */
  double largest = 0;

  /** Nothing is kept of the column from now on. */
  void drop() {
    storage = Storage::none;
    std::vector<Piece>().swap(pieces);
    texts = Dictionary();
  }
};

/** Columns of the rows of a file, in their order. Pieces are cut at the same rows in all columns. */
struct Columns {
  std::vector<Column> columns;
  /** The first row of each piece, and behind them all how many rows there are. */
  std::vector<size_t> starts{0};

  size_t rows() const { return starts.back(); }
};

}  // namespace lamina::tables
