#pragma once

#include <stddef.h>

/**
 * The few words compilers spell differently. Functions of kernels are forced into their callers (LAMINA_INLINE; members
 * of classes that other code shares: LAMINA_MEMBER), so that no copy of one is left for the linker to give to others,
 * or kept apart from all of them (LAMINA_APART, internal linkage as well). LAMINA_KEEP_LOOP stands before a loop that is
 * not to be unrolled.
 */
#if defined(_MSC_VER)
#define LAMINA_RESTRICT __restrict
#define LAMINA_INLINE static __forceinline
#define LAMINA_MEMBER __forceinline
#define LAMINA_APART static __declspec(noinline)
#define LAMINA_KEEP_LOOP
// What -ffp-contract=off is to others; /fp:precise contracts in Visual Studio 2019.
#pragma fp_contract(off)
#else
#define LAMINA_RESTRICT __restrict__
#define LAMINA_INLINE static inline __attribute__((always_inline))
#define LAMINA_MEMBER inline __attribute__((always_inline))
#define LAMINA_APART static __attribute__((noinline))
#if defined(__clang__)
#define LAMINA_KEEP_LOOP _Pragma("clang loop unroll(disable)")
#else
#define LAMINA_KEEP_LOOP _Pragma("GCC unroll 1")
#endif
#endif

/**
 * The same pointer, of which a compiler does not know that: what it computed from it before is computed again, rather
 * than kept in registers that a loop between needs.
 */
template <class T>
LAMINA_INLINE T* anew(T* p) {
#if !defined(_MSC_VER)
  asm("" : "+r"(p));
#endif
  return p;
}

#if defined(_MSC_VER) && defined(LAMINA_X64)
#include <intrin.h>
LAMINA_INLINE void prefetch(const float* p) { _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T0); }
LAMINA_INLINE void prefetchToWrite(const float* p) { _m_prefetchw(p); }
#elif defined(_MSC_VER)
#include <intrin.h>
LAMINA_INLINE void prefetch(const float* p) { __prefetch(p); }
LAMINA_INLINE void prefetchToWrite(const float* p) { __prefetch(p); }
#else
/** Starts to bring a cache line near. Any address will do: one that is not there is ignored. */
LAMINA_INLINE void prefetch(const float* p) { __builtin_prefetch(p, 0); }
/** The same so that no other core keeps it: on x64 only where a file is compiled for it, else as above. */
LAMINA_INLINE void prefetchToWrite(const float* p) { __builtin_prefetch(p, 1); }
#endif
