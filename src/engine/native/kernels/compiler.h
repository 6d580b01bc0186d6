#pragma once

/** The few words compilers spell differently. */
#if defined(_MSC_VER)
#define LAMINA_RESTRICT __restrict
#define LAMINA_INLINE static __forceinline
#else
#define LAMINA_RESTRICT __restrict__
#define LAMINA_INLINE static inline __attribute__((always_inline))
#endif
