#include "numbers.h"

#include <algorithm>
#include <charconv>
#include <limits>

#if !defined(__cpp_lib_to_chars) && !defined(_MSC_VER)
#include <locale.h>
#include <stdlib.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif
#define LAMINA_STRTOD_L
#endif

namespace lamina::tables {

double nearestDouble(const char* begin, const char* end) {
#ifdef LAMINA_STRTOD_L
  // This standard library reads no float64s; the program's own locale may have a decimal comma.
  static const locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr);
  return strtod_l(std::string(begin, end).c_str(), nullptr, plain);
#else
  double value = 0;
  if (std::from_chars(begin, end, value).ec != std::errc::result_out_of_range) return value;
  const bool negative = begin != end && *begin == '-';
  const char* const exponent = std::find_if(begin, end, [](char c) { return c == 'e' || c == 'E'; });
  const bool huge = exponent != end && exponent + 1 != end && exponent[1] != '-';
  value = huge ? std::numeric_limits<double>::infinity() : 0.0;
  return negative ? -value : value;
#endif
}

double numberInCell(const uint8_t* begin, const uint8_t* end, int quote, char decimalMark, std::string& scratch) {
  const auto around = [quote](uint8_t byte) { return byte == ' ' || byte == '\t' || byte == quote; };
  while (begin < end && around(*begin)) ++begin;
  while (begin < end && around(end[-1])) --end;
  if (begin < end && *begin == '+') ++begin;
  scratch.assign(reinterpret_cast<const char*>(begin), static_cast<size_t>(end - begin));
  if (decimalMark != '.') std::replace(scratch.begin(), scratch.end(), decimalMark, '.');
  // from_chars takes no plus before the power.
  const size_t plus = scratch.find('+');
  if (plus != std::string::npos) scratch.erase(plus, 1);
  return nearestDouble(scratch.data(), scratch.data() + scratch.size());
}

}  // namespace lamina::tables
