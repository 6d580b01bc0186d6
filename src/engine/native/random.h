#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lamina {

/**
 * The generator of everything random, the same bit for bit as in src/engine/random.ts: Philox4x32-10 (Salmon et al.,
 * "Parallel random numbers: as easy as 1, 2, 3", SC 2011). It is counter-based: a number is a function of where it is
 * used, so no draw depends on how many were made before it.
 */
using Block = std::array<uint32_t, 4>;
Block philox4x32(Block counter, std::array<uint32_t, 2> key) noexcept;

/** What a sequence of random words is for; each has its own key, so no two ever share words. */
enum class Stream : uint32_t {
  /** a = ordinal of the dense operation, b = 0 */
  initialWeights = 0,
  /** a, b = low and high 32 bits of the epoch, counted from 0 */
  shuffle = 1,
  /** Plus 256 times the ordinal of the dropout operation; a, b = low and high 32 bits of the steps done before. */
  dropout = 2
};

/** The words of (seed, stream, a, b) in order: the k-th is word k mod 4 of block ⌊k / 4⌋. */
class RandomWords {
 public:
  RandomWords(uint32_t seed, Stream stream, uint32_t a, uint32_t b) noexcept
      : key_{seed, static_cast<uint32_t>(stream)}, a_(a), b_(b) {}
  uint32_t next() noexcept;

 private:
  std::array<uint32_t, 2> key_;
  uint32_t a_;
  uint32_t b_;
  uint64_t drawn_ = 0;
  Block block_{};
};

/**
 * The order in which an epoch visits its samples: Fisher–Yates from the identity, so that an epoch's order depends on
 * the seed and the epoch alone.
 * @param order filled with a permutation of 0 … size − 1
 * @param epoch counted from 0
 */
void shuffleEpoch(std::vector<uint32_t>& order, uint32_t seed, uint64_t epoch) noexcept;

/** Draws W_B, units × (inputs + 1) row-major, uniformly from [−limit, limit); the bias column is zero. */
void drawWeights(float* weights, size_t inputs, size_t units, double limit, uint32_t seed, uint32_t ordinal) noexcept;

}  // namespace lamina
