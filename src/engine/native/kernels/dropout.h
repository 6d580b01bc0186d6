#pragma once

#include <cstddef>
#include <cstdint>

#include "compiler.h"
#include "kernels.h"

/** Dropout, after a vector header. */
namespace {

using lamina::DropoutDraw;

// Philox4x32-10 as in random.cpp. A vector holds whole blocks of four words side by side, which is the order that
// masks need: a block's words belong to four samples in a row.

constexpr uint32_t philoxMultiplier0 = 0xd2511f53;
constexpr uint32_t philoxMultiplier1 = 0xcd9e8d57;
constexpr uint32_t philoxWeyl0 = 0x9e3779b9;
constexpr uint32_t philoxWeyl1 = 0xbb67ae85;
constexpr int philoxRounds = 10;
constexpr uint32_t dropoutStream = 2;

/** The same four words in every block. */
LAMINA_INLINE Words repeatFour(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  uint32_t words[lanes];
  for (size_t i = 0; i < lanes; i += 4) {
    words[i] = a;
    words[i + 1] = b;
    words[i + 2] = c;
    words[i + 3] = d;
  }
  return loadWords(words);
}

LAMINA_INLINE Words philox(Words counter, Words key, Words multipliers, Words weyl) {
  for (int round = 0; round < philoxRounds; ++round) {
    // The products' low and high words are those of counters 0 and 2; the next counter takes them in reverse.
    counter = reverseFours(multiplyEven(counter, multipliers)) ^ oddToEven(counter) ^ key;
    key = key + weyl;
  }
  return counter;
}

void dropoutMask(const DropoutDraw& draw, size_t firstSample, size_t width, size_t units, float* mask) {
  const Words multipliers = repeatFour(philoxMultiplier0, 0, philoxMultiplier1, 0);
  const Words weyl = repeatFour(philoxWeyl0, 0, philoxWeyl1, 0);
  const Words key = repeatFour(draw.seed, 0, dropoutStream + 256 * draw.ordinal, 0);
  const Words nextUnit = repeatFour(0, 1, 0, 0);
  const Words threshold = broadcastWords(draw.threshold);
  const Vector scale = broadcast(draw.scale);
  uint32_t firstCounters[lanes];
  for (size_t column = 0; column < width; column += lanes) {
    for (size_t i = 0; i < lanes; i += 4) {
      firstCounters[i] = static_cast<uint32_t>((firstSample + column + i) / 4);
      firstCounters[i + 1] = 0;
      firstCounters[i + 2] = static_cast<uint32_t>(draw.step);
      firstCounters[i + 3] = static_cast<uint32_t>(draw.step >> 32);
    }
    Words counter = loadWords(firstCounters);
    const size_t columns = width - column;
    for (size_t unit = 0; unit < units; ++unit, counter = counter + nextUnit) {
      const Vector values = select(philox(counter, key, multipliers, weyl) < threshold, zero(), scale);
      float* const to = mask + unit * width + column;
      if (columns >= lanes) {
        store(to, values);
      } else {
        storePart(to, values, columns);
      }
    }
  }
}

void multiplyElements(size_t count, const float* x, const float* mask, float* out, bool accumulate) {
  if (accumulate) {
    for (size_t i = 0; i < count; i += lanes) {
      store(out + i, multiplyAdd(load(x + i), load(mask + i), load(out + i)));
    }
  } else {
    for (size_t i = 0; i < count; i += lanes) store(out + i, load(x + i) * load(mask + i));
  }
}

}  // namespace
