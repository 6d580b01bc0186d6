#include "choose.h"

#include <string>

#include "../error.h"

#if defined(LAMINA_X64) && defined(_MSC_VER)
#include <intrin.h>
#endif

namespace lamina {
namespace {

#if defined(LAMINA_X64)

struct Processor {
  bool avx2;
  bool avx512;
};

#if defined(_MSC_VER)
Processor detectProcessor() {
  const auto bit = [](int word, int index) { return ((static_cast<unsigned>(word) >> index) & 1U) != 0; };
  int leaf[4];
  __cpuid(leaf, 0);
  const int leaves = leaf[0];
  __cpuid(leaf, 1);
  const bool fma = bit(leaf[2], 12);
  if (leaves < 7 || !fma || !bit(leaf[2], 27)) return {false, false};
  // What the operating system saves on a switch: 6 is SSE and AVX registers, 0xe0 those of AVX-512.
  const unsigned long long saved = _xgetbv(0);
  __cpuidex(leaf, 7, 0);
  const bool avx2 = (saved & 0x6) == 0x6 && bit(leaf[1], 5);
  const bool avx512 = avx2 && (saved & 0xe0) == 0xe0 && bit(leaf[1], 16) && bit(leaf[1], 17) && bit(leaf[1], 30) &&
                      bit(leaf[1], 31);
  return {avx2, avx512};
}
#else
Processor detectProcessor() {
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  return {avx2, avx512};
}
#endif

#endif

}  // namespace

const Kernels& chooseKernels(std::string_view requested) {
  if (requested == "portable") return portableKernels();
#if defined(LAMINA_X64)
  static const Processor processor = detectProcessor();
  if (requested == "avx2" && processor.avx2) return avx2Kernels();
  if (requested == "avx512" && processor.avx512) return avx512Kernels();
  if (requested.empty()) {
    if (processor.avx512) return avx512Kernels();
    if (processor.avx2) return avx2Kernels();
  }
#elif defined(LAMINA_ARM64)
  // There is no 64-bit ARM without it.
  if (requested.empty() || requested == "neon") return neonKernels();
#endif
  if (requested.empty()) return portableKernels();
  const bool known = requested == "neon" || requested == "avx2" || requested == "avx512";
  throw Error(ErrorCode::invalidArgument,
              "The instruction set \"" + std::string(requested) + "\" " +
                  (known ? "is not supported by this machine."
                         : "is unknown: expected portable, neon, avx2 or avx512."));
}

}  // namespace lamina
