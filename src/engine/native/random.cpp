#include "random.h"

#include <numeric>
#include <utility>

namespace lamina {
namespace {

constexpr uint32_t multiplier0 = 0xd2511f53;
constexpr uint32_t multiplier1 = 0xcd9e8d57;
/** The golden ratio and √3 − 1, as 32-bit fractions: what the keys grow by in each round. */
constexpr uint32_t weyl0 = 0x9e3779b9;
constexpr uint32_t weyl1 = 0xbb67ae85;
constexpr int rounds = 10;

}  // namespace

Block philox4x32(Block counter, std::array<uint32_t, 2> key) noexcept {
  for (int round = 0; round < rounds; ++round) {
    const uint64_t product0 = uint64_t{multiplier0} * counter[0];
    const uint64_t product1 = uint64_t{multiplier1} * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(product0)};
    key[0] += weyl0;
    key[1] += weyl1;
  }
  return counter;
}

uint32_t RandomWords::next() noexcept {
  const uint64_t word = drawn_ % 4;
  if (word == 0) {
    const uint64_t index = drawn_ / 4;
    block_ = philox4x32({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), a_, b_}, key_);
  }
  ++drawn_;
  return block_[word];
}

void shuffleEpoch(std::vector<uint32_t>& order, uint32_t seed, uint64_t epoch) noexcept {
  RandomWords words(seed, Stream::shuffle, static_cast<uint32_t>(epoch), static_cast<uint32_t>(epoch >> 32));
  std::iota(order.begin(), order.end(), 0U);
  for (size_t i = order.size(); i-- > 1;) {
    const size_t j = static_cast<size_t>((uint64_t{words.next()} * (i + 1)) >> 32);
    std::swap(order[i], order[j]);
  }
}

void drawWeights(float* weights, size_t inputs, size_t units, double limit, uint32_t seed, uint32_t ordinal) noexcept {
  RandomWords words(seed, Stream::initialWeights, ordinal, 0);
  for (size_t row = 0; row < units; ++row) {
    float* const w = weights + row * (inputs + 1);
    for (size_t column = 0; column < inputs; ++column) {
      const double u = words.next() * 0x1p-32;
      w[column] = static_cast<float>((2 * u - 1) * limit);
    }
    w[inputs] = 0;
  }
}

}  // namespace lamina
