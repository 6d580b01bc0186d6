#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define LAMINA_SSE2
#endif

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

/** Signs come at random: no branch on them, which would be guessed wrong half of the time. */
constexpr double signs[] = {1, -1};

/** The number of eight digits, each a byte with a value from 0 to 9, the first one lowest: pairs, fours, and all of them. */
inline uint64_t numberOfEight(uint64_t digits) {
  digits = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ff;
  digits = (digits * 100 + (digits >> 16)) & 0x0000ffff0000ffff;
  return (digits * 10'000 + (digits >> 32)) & 0x00000000ffffffff;
}

/** @param count 1 … 8 @returns the values of so many digits with zeros in front of them, in place of what comes behind */
inline uint64_t someDigits(const uint8_t* at, size_t count) {
  uint64_t eight = 0;
  std::memcpy(&eight, at, sizeof eight);
  return (eight ^ 0x3030303030303030) << (8 * (8 - count));
}

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
    // Zeros in front, in place of what comes behind.
    digits = digits * powers[count] + numberOfEight(eight << (8 * (8 - count)));
    at += count;
    if (count < 8) return;
  }
  for (; at < last && isDigit(*at); ++at) digits = digits * 10 + static_cast<uint64_t>(*at - '0');
}

#ifdef LAMINA_SSE2
/** Which of 16 bytes are no digits, a bit each, the first one lowest. */
inline uint32_t noDigitsAmong16(const uint8_t* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i values = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
  const __m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
  return static_cast<uint32_t>(_mm_movemask_epi8(digits)) ^ 0xffff;
}

/**
 * The most usual of plain numbers: within 16 bytes, up to eight digits before the mark and from one to eight behind it.
 * Where the number ends is known from one look at all of the bytes, so that the next one need not wait for its value.
 * @returns false for what `readPlainNumber` has to look at
 */
inline bool readShortNumber(const ScanTable& table, const uint8_t* at, const uint8_t* last, PlainNumber& found) {
  static constexpr uint64_t powers[] = {1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
  /** Eight bytes are read where a fraction begins, too. */
  constexpr ptrdiff_t looked = 24;
  constexpr size_t most = 8;
  if (last - at < looked) return false;
  const uint32_t negative = *at == '-' ? 1 : 0;
  uint32_t others = noDigitsAmong16(at) & ~negative;
  if (others == 0) return false;
  const size_t mark = trailingZeros(others);
  const size_t integerDigits = mark - negative;
  const bool zero = at[negative] == '0';
  if (integerDigits - 1 >= most || (zero && integerDigits > 1)) return false;
  uint64_t digits = someDigits(at + negative, integerDigits);
  if (at[mark] == table.delimiter) {
    found.kind = table.plainNumber;
    found.end = at + mark;
    found.value = signs[negative] * static_cast<double>(numberOfEight(digits));
    return true;
  }
  others &= others - 1;
  if (at[mark] != static_cast<uint8_t>(table.decimalMark) || others == 0) return false;
  const size_t end = trailingZeros(others);
  const size_t fractionDigits = end - mark - 1;
  if (fractionDigits - 1 >= most || at[end] != table.delimiter) return false;
  const uint64_t fraction = someDigits(at + mark + 1, fractionDigits);
  if (integerDigits + fractionDigits <= 8)
    digits = numberOfEight((digits >> (8 * fractionDigits)) | fraction);
  else
    digits = numberOfEight(digits) * powers[fractionDigits] + numberOfEight(fraction);
  if (digits > largestExactInteger) return false;
  const bool mayBeGroup = !zero && integerDigits <= 3 && fractionDigits == 3;
  found.kind = mayBeGroup ? table.markGroup : table.markNumber;
  found.end = at + end;
  // Both operands are exact, so the quotient is the nearest float64 (Clinger, 1990).
  found.value = signs[negative] * (static_cast<double>(digits) / exactPowers[fractionDigits]);
  return true;
}
#endif

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
#ifdef LAMINA_SSE2
  if (readShortNumber(table, at, last, found)) return true;
#endif
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
