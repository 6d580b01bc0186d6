#pragma once

#include <cstdint>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

/** What C++17 has no words for. */
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

/** Memory will be read soon. */
inline void prefetch(const void* at) {
#if defined(_MSC_VER) && !defined(__clang__)
  static_cast<void>(at);
#else
  __builtin_prefetch(at);
#endif
}

}  // namespace lamina::tables
