#pragma once

#include <cstdint>
#include <string>

namespace lamina::tables {

/** Powers of ten that a float64 holds exactly. */
constexpr double exactPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int largestExactPower = 22;
constexpr uint64_t largestExactInteger = uint64_t{1} << 53;

/**
 * The float64 nearest to a decimal number [-]digits[.digits][e[+-]digits]; ±∞ beyond the largest one, ±0 below the
 * smallest. Independent of the locale.
 */
double nearestDouble(const char* begin, const char* end);

/**
 * The value of a cell the automaton takes for a number, with spaces or quotes around it.
 * @param scratch room to work in
 */
double numberInCell(const uint8_t* begin, const uint8_t* end, int quote, char decimalMark, std::string& scratch);

}  // namespace lamina::tables
