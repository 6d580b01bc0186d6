#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lamina::tables {

/**
 * The cell automaton unfolded for one dialect, as src/data/reading/scan-table.ts builds it: the one description of what
 * a cell is. Only running it is done here.
 */
struct ScanTable {
  std::vector<uint8_t> classes;
  std::vector<uint16_t> next;
  std::vector<uint8_t> kinds;
  uint32_t start = 0;
  uint32_t lead = 0;
  uint32_t text = 0;
  uint32_t quoted = 0;
  uint32_t closed = 0;
  uint32_t events = 0;
  uint8_t delimiter = ',';
  /** −1 where nothing is quoted. */
  int quote = '"';

  /** Kinds by name, as indices into cellKinds. */
  uint8_t plainNumber = 0;
  /** A number with the decimal mark, and one whose mark may also set thousands apart. */
  uint8_t markNumber = 0;
  uint8_t markGroup = 0;
  char decimalMark = '.';
};

/** What a state table cannot do by itself; counted from ScanTable::events as in scan-table.ts. */
namespace event {
constexpr uint32_t cell = 0;
constexpr uint32_t lineFeed = 1;
constexpr uint32_t carriageReturn = 2;
constexpr uint32_t openingQuote = 3;
constexpr uint32_t quotedLineFeed = 4;
constexpr uint32_t quotedCarriageReturn = 5;
constexpr uint32_t spaceAfterQuote = 6;
}  // namespace event

/** The kind of a cell that stands for a missing value. */
constexpr uint8_t missingKind = 0;

}  // namespace lamina::tables
