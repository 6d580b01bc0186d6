#pragma once

#include <cstddef>
#include <string>

/** OpenBLAS, opened while the program runs: it is what the engine is compared with, and nothing it needs. */
class OpenBlas {
 public:
  /** Looks for the library where the system's loader does. */
  OpenBlas();
  OpenBlas(const OpenBlas&) = delete;
  OpenBlas& operator=(const OpenBlas&) = delete;

  bool found() const noexcept { return multiply_ != nullptr; }
  /** Version, processor and build, as the library tells. */
  std::string description() const;
  void setThreads(int threads) const;

  /** Whether a matrix is stored as it is meant or transposed. */
  enum class Stored { asMeant, transposed };
  /** C = A B, C rows × columns, all row-major and dense; A rows × depth, B depth × columns where stored as meant. */
  void multiply(size_t rows, size_t columns, size_t depth, const float* a, Stored aStored, const float* b,
                Stored bStored, float* c) const;

 private:
  using Multiply = void (*)(int order, int aTransposed, int bTransposed, int rows, int columns, int depth, float alpha,
                            const float* a, int aStride, const float* b, int bStride, float beta, float* c,
                            int cStride);
  Multiply multiply_ = nullptr;
  void (*setThreads_)(int) = nullptr;
  char* (*describe_)() = nullptr;
};
