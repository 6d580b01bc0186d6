#pragma once

#include <cstddef>

#include "compiler.h"
#include "kernels.h"

/** How kernels go through panels and add up float64 sums, after a vector header. */
namespace {

using lamina::Panels;

/** Samples of all panels, those that only fill the last one included. */
LAMINA_INLINE size_t paddedSamples(Panels panels) {
  return panels.count() * panels.width;
}

/** Goes through the samples of panels, one vector after the other. */
class SampleVector {
 public:
  LAMINA_MEMBER SampleVector(Panels panels, size_t units) : width_(panels.width), rest_((units - 1) * panels.width) {}

  /** The first of its samples. */
  LAMINA_MEMBER size_t first() const { return first_; }
  /** Where its numbers of unit 0 lie; those of the next unit lie the panels' width further on. */
  LAMINA_MEMBER size_t offset() const { return offset_; }
  LAMINA_MEMBER void next() {
    first_ += lanes;
    offset_ += lanes;
    column_ += lanes;
    if (column_ < width_) return;
    column_ = 0;
    offset_ += rest_;
  }

 private:
  size_t width_;
  /** A panel without the row of unit 0 */
  size_t rest_;
  size_t first_ = 0;
  size_t offset_ = 0;
  size_t column_ = 0;
};

alignas(64) constexpr uint32_t laneNumbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
/** Zero in lanes from `count` on. */
LAMINA_INLINE Vector firstOf(Vector x, size_t count) {
  return select(loadWords(laneNumbers) < broadcastWords(static_cast<uint32_t>(count)), x, zero());
}

/** So many sums are kept side by side on every instruction set, and added up in one order in the end. */
constexpr size_t sumCount = 16;
constexpr size_t vectorsOfSums = sumCount / lanes;

struct Sums {
  Doubles part[vectorsOfSums];
};
LAMINA_INLINE Sums zeroSums() {
  Sums sums;
  for (Doubles& part : sums.part) part = zeroDoubles();
  return sums;
}
/** The upper half added to the lower one until one is left. */
LAMINA_INLINE double total(Sums sums) {
  for (size_t half = vectorsOfSums / 2; half > 0; half /= 2) {
    for (size_t v = 0; v < half; ++v) sums.part[v] = sums.part[v] + sums.part[v + half];
  }
  return addHalves(sums.part[0]);
}

/** Adds a vector's numbers of real samples: that of sample s to sum s mod 16. `first` is a multiple of `lanes`. */
LAMINA_INLINE void addSamples(Sums& sums, Panels panels, size_t first, Doubles x) {
  Doubles& part = sums.part[first / lanes % vectorsOfSums];
  const size_t count = panels.samples - first;
  if (count < lanes) {
    double values[lanes];
    storeDoubles(values, x);
    for (size_t i = count; i < lanes; ++i) values[i] = 0;
    x = loadDoubles(values);
  }
  part = part + x;
}

/** Adds squares in float64, where no square of a float overflows or vanishes. */
LAMINA_INLINE Doubles addSquare(Doubles sum, Vector x) {
  const Doubles wide = widen(x);
  return multiplyAdd(wide, wide, sum);
}

}  // namespace
