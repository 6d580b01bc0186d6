#pragma once

#if defined(LAMINA_X64)
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__GNUC__)
#include <cstdint>
#endif

namespace lamina {

/**
 * While it lives, this thread takes numbers below the smallest normal float (1.2e-38) as zero. Momentum that fades
 * away would otherwise stay down there for ever, where processors compute up to a hundred times slower.
 */
class DenormalsAreZero {
 public:
  DenormalsAreZero(const DenormalsAreZero&) = delete;
  DenormalsAreZero& operator=(const DenormalsAreZero&) = delete;
#if defined(LAMINA_X64)
  // Bit 15: results are flushed to zero; bit 6: operands count as zero.
  DenormalsAreZero() noexcept : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040U); }
  ~DenormalsAreZero() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#elif defined(__aarch64__) && defined(__GNUC__)
  DenormalsAreZero() noexcept {
    asm volatile("mrs %0, fpcr" : "=r"(before_));
    asm volatile("msr fpcr, %0" : : "r"(before_ | (uint64_t{1} << 24)));
  }
  ~DenormalsAreZero() { asm volatile("msr fpcr, %0" : : "r"(before_)); }

 private:
  uint64_t before_ = 0;
#else
  DenormalsAreZero() noexcept {}
  ~DenormalsAreZero() {}
#endif
};

}  // namespace lamina
