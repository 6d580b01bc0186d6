#pragma once

#include <algorithm>
#include <cstdio>
#include <limits>
#include <vector>

#include "../../../src/engine/native/error.h"
#include "../../../src/engine/native/kernels/choose.h"
#include "../../../src/engine/native/random.h"
#include "check.h"

using Floats = std::vector<float>;

/** The kernels this machine can run, narrowest vectors first. */
inline const std::vector<const lamina::Kernels*>& allKernels() {
  static const std::vector<const lamina::Kernels*> all = [] {
    std::vector<const lamina::Kernels*> found;
    for (const char* name : {"portable", "neon", "avx2", "avx512"}) {
      try {
        found.push_back(&lamina::chooseKernels(name));
      } catch (const lamina::Error&) {
        std::printf("skipped on this machine: %s\n", name);
      }
    }
    return found;
  }();
  return all;
}

/** Whether kernels multiply and add with one rounding: then they agree in every bit. */
inline bool isFused(const lamina::Kernels& kernels) { return &kernels != &lamina::portableKernels(); }

/** From −1 to 1. Of exactly the size asked for, so that a sanitizer sees every step beyond it. */
inline Floats randomFloats(size_t count, uint32_t seed) {
  lamina::RandomWords words(seed, lamina::Stream::shuffle, 0, 0);
  Floats result(count);
  for (float& x : result) x = static_cast<float>(words.next() * 0x1p-31 - 1);
  return result;
}

/** Numbers for a kernel to write, between others that it must not touch: those are looked at in the end. */
class Guarded {
 public:
  /** @param before what they are at first */
  Guarded(size_t count, float before) : all_(count + 2 * guards, guard) {
    std::fill_n(data(), count, before);
  }
  ~Guarded() {
    for (size_t i = 0; i < guards; ++i) CHECK(all_[i] == guard && all_[all_.size() - 1 - i] == guard);
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  float* data() { return all_.data() + guards; }
  Floats numbers() { return Floats(data(), data() + (all_.size() - 2 * guards)); }

 private:
  static constexpr size_t guards = 64;
  static constexpr float guard = 12345.0F;
  Floats all_;
};

/** A matrix with a sample per row as panels with a sample per column. @param rest what fills the last panel */
inline Floats toPanels(lamina::Panels panels, size_t units, const Floats& rows, float rest) {
  Floats result(panels.count() * panels.width * units, rest);
  for (size_t s = 0; s < panels.samples; ++s) {
    for (size_t u = 0; u < units; ++u) {
      result[(s / panels.width * units + u) * panels.width + s % panels.width] = rows[s * units + u];
    }
  }
  return result;
}

inline Floats toRows(lamina::Panels panels, size_t units, const Floats& matrix) {
  Floats rows(panels.samples * units);
  for (size_t s = 0; s < panels.samples; ++s) {
    for (size_t u = 0; u < units; ++u) {
      rows[s * units + u] = matrix[(s / panels.width * units + u) * panels.width + s % panels.width];
    }
  }
  return rows;
}
