#pragma once

#include <cstdint>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

/** Places of bits, until C++20 has them. */
namespace lamina::tables {

/** @param bits not 0 */
inline unsigned trailingZeros(uint64_t bits) {
#if defined(_MSC_VER) && !defined(__clang__)
  unsigned long place = 0;
  _BitScanForward64(&place, bits);
  return static_cast<unsigned>(place);
#else
  return static_cast<unsigned>(__builtin_ctzll(bits));
#endif
}

/** @param bits not 0 */
inline unsigned leadingZeros(uint64_t bits) {
#if defined(_MSC_VER) && !defined(__clang__)
  unsigned long place = 0;
  _BitScanReverse64(&place, bits);
  return 63 - static_cast<unsigned>(place);
#else
  return static_cast<unsigned>(__builtin_clzll(bits));
#endif
}

}  // namespace lamina::tables
