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

/** So many sums are kept side by side on every instruction set, and added up in one order in the end. */
constexpr size_t sumCount = 16;
constexpr size_t vectorsOfSums = sumCount / lanes;

LAMINA_INLINE double total(double* sums) {
  for (size_t half = sumCount / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  }
  return sums[0];
}

/** Sums over samples: number s is added to sum s mod 16. */
struct SampleSums {
  double sums[sumCount] = {};
};
/** Adds a vector's numbers of real samples; `first` is a multiple of `lanes`. */
LAMINA_INLINE void addSamples(SampleSums& to, Panels panels, size_t first, Doubles x) {
  double* const sums = to.sums + first % sumCount;
  const size_t count = panels.samples - first;
  if (count >= lanes) {
    storeDoubles(sums, loadDoubles(sums) + x);
    return;
  }
  double values[lanes];
  storeDoubles(values, x);
  for (size_t i = 0; i < count; ++i) sums[i] += values[i];
}

/** Σ x²: the square of number i is added to sum i mod 16. In float64 no square of a float overflows or vanishes. */
struct SquareSums {
  Doubles part[vectorsOfSums];
};
LAMINA_INLINE SquareSums zeroSquares() {
  SquareSums result;
  for (Doubles& part : result.part) part = zeroDoubles();
  return result;
}
LAMINA_INLINE Doubles addSquare(Doubles sum, Vector x) {
  const Doubles wide = widen(x);
  return multiplyAdd(wide, wide, sum);
}
LAMINA_INLINE double total(const SquareSums& squares) {
  double sums[sumCount];
  for (size_t v = 0; v < vectorsOfSums; ++v) storeDoubles(sums + v * lanes, squares.part[v]);
  return total(sums);
}

}  // namespace
