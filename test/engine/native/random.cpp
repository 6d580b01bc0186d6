#include "../../../src/engine/native/random.h"

#include <algorithm>
#include <vector>

#include "check.h"

using namespace lamina;

void testRandom() {
  // Known answers of Random123 (tests/kat_vectors, philox4x32 10).
  CHECK((philox4x32({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  CHECK((philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
         Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  CHECK((philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
         Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));

  RandomWords words(7, Stream::shuffle, 3, 4);
  for (uint32_t block = 0; block < 3; ++block) {
    for (const uint32_t word : philox4x32({block, 0, 3, 4}, {7, 1})) CHECK(words.next() == word);
  }

  std::vector<uint32_t> order(1000);
  shuffleEpoch(order, 1, 0);
  std::vector<uint32_t> again(1000, 5);
  shuffleEpoch(again, 1, 0);
  CHECK(order == again);
  shuffleEpoch(again, 1, 1);
  CHECK(order != again);
  std::sort(again.begin(), again.end());
  for (uint32_t i = 0; i < 1000; ++i) CHECK(again[i] == i);

  std::vector<float> weights(3 * 5, 9.0F);
  drawWeights(weights.data(), 4, 3, 0.5, 1, 0);
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 4; ++column) CHECK(std::fabs(weights[row * 5 + column]) <= 0.5F);
    CHECK(weights[row * 5 + 4] == 0.0F);
  }
}
