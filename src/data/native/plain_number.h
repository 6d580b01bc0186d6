#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "bits.h"
#include "numbers.h"
#include "scan_table.h"

namespace lamina::tables {

inline bool isDigit(uint8_t byte) { return static_cast<uint8_t>(byte - '0') < 10; }

/** A number written in the most usual way, found without the automaton. */
struct PlainNumber {
  const uint8_t* end;
  uint8_t kind;
  double value;
};

/**
 * Read digits, and go on behind them. Eight bytes at a time, all of them at once: how many of them are digits is found by
 * arithmetic, because a branch would be guessed wrong at the end of nearly every number.
 * @param digits the number in front of them, to which they are added; what is beyond 64 bits is lost
 */
inline void readDigits(const uint8_t*& at, const uint8_t* last, uint64_t& digits) {
  static constexpr uint64_t powers[] = {1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
  while (last - at >= 8) {
    uint64_t eight = 0;
    std::memcpy(&eight, at, sizeof eight);
    eight ^= 0x3030303030303030;
    // The highest bit of each byte that is no digit. Carries only reach bytes behind the first of those.
    const uint64_t others = ((eight + 0x7676767676767676) | eight) & 0x8080808080808080;
    const unsigned count = others == 0 ? 8 : trailingZeros(others) / 8;
    if (count == 0) return;
    // Zeros in front, in place of what comes behind; then pairs of digits, of pairs and of fours are put together.
    eight <<= 8 * (8 - count);
    eight = (eight * 10 + (eight >> 8)) & 0x00ff00ff00ff00ff;
    eight = (eight * 100 + (eight >> 16)) & 0x0000ffff0000ffff;
    eight = (eight * 10'000 + (eight >> 32)) & 0x00000000ffffffff;
    digits = digits * powers[count] + eight;
    at += count;
    if (count < 8) return;
  }
  for (; at < last && isDigit(*at); ++at) digits = digits * 10 + static_cast<uint64_t>(*at - '0');
}

/**
 * [-]digits[mark digits], at most 18 digits, without a zero in front, and a delimiter behind: nearly all numbers of nearly
 * all files. Everything else is for the automaton.
 */
inline bool readPlainNumber(const ScanTable& table, const uint8_t* at, const uint8_t* last, PlainNumber& found) {
  /** More digits may not fit 64 bits. */
  constexpr ptrdiff_t mostFastDigits = 18;
  /** More digits before the mark are a code. */
  constexpr ptrdiff_t mostIntegerDigits = 15;

  const uint8_t* const begin = at;
  // Signs come at random: without a branch on them, which would be guessed wrong half of the time.
  static constexpr double signs[] = {1, -1};
  const size_t negative = *at == '-' ? 1 : 0;
  at += negative;
  const uint8_t* const first = at;
  uint64_t digits = 0;
  readDigits(at, last, digits);
  const ptrdiff_t integerDigits = at - first;
  if (integerDigits == 0 || integerDigits > mostIntegerDigits) return false;
  const bool zero = *first == '0';
  if (zero && integerDigits > 1) return false;
  ptrdiff_t fractionDigits = 0;
  found.kind = table.plainNumber;
  if (at < last && *at == static_cast<uint8_t>(table.decimalMark) && *at != table.delimiter) {
    const uint8_t* const fraction = ++at;
    readDigits(at, last, digits);
    fractionDigits = at - fraction;
    const bool mayBeGroup = !zero && integerDigits <= 3 && fractionDigits == 3;
    found.kind = mayBeGroup ? table.markGroup : table.markNumber;
  }
  if (at >= last || integerDigits + fractionDigits > mostFastDigits) return false;
  if (*at != table.delimiter) return false;
  found.end = at;
  if (digits <= largestExactInteger) {
    // Both operands are exact, so the quotient is the nearest float64 (Clinger, 1990).
    found.value = signs[negative] * (static_cast<double>(digits) / exactPowers[fractionDigits]);
  } else if (table.decimalMark == '.') {
    found.value = nearestDouble(reinterpret_cast<const char*>(begin), reinterpret_cast<const char*>(at));
  } else {
    return false;
  }
  return true;
}

}  // namespace lamina::tables
