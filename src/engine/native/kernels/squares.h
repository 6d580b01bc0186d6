#pragma once

// The C library's, whose function compilers replace by an instruction.
#include <math.h>

#include <cstddef>

#include "compiler.h"
#include "panels.h"

/** Sums of squares, after a vector header. */
namespace {

/** So many sums of each lane's squares that a processor need not wait for one before it adds to the next. */
constexpr size_t squaresChains = vectorsOfSums >= 4 ? 1 : 4 / vectorsOfSums;
/** Numbers squared at a time: few enough for their squares to be added up in float32, 16 to a sum. */
constexpr size_t squaresBlock = 16 * sumCount * squaresChains;
/**
 * With one of a block's sums above the first of these, squares too small for a float32 are nothing beside it; with none
 * above the second, no square was infinite. Then the sums are right to 1e-6.
 */
constexpr float smallestSafeSquares = 1e-25F;
constexpr float largestSafeSquares = 1e37F;

/** Σ x² of a block, or one chain of it: `sumCount` sums. */
struct BlockSquares {
  Vector part[vectorsOfSums];
};
LAMINA_INLINE BlockSquares zeroBlockSquares() {
  BlockSquares result;
  for (Vector& part : result.part) part = zero();
  return result;
}
/** Adds the squares of `sumCount` numbers. */
LAMINA_INLINE void addSquares(BlockSquares& squares, const float* x) {
  for (size_t v = 0; v < vectorsOfSums; ++v) {
    const Vector y = load(x + v * lanes);
    squares.part[v] = multiplyAdd(y, y, squares.part[v]);
  }
}

/** Adds squares one by one in float64: that of number i to sum i mod 16. Apart, because it is hardly ever needed. */
LAMINA_APART Sums addExactly(Sums sums, size_t count, const float* x) {
  size_t i = 0;
  for (; i + sumCount <= count; i += sumCount) {
    for (size_t v = 0; v < vectorsOfSums; ++v) sums.part[v] = addSquare(sums.part[v], load(x + i + v * lanes));
  }
  for (size_t v = 0; i < count; ++v, i += lanes) {
    sums.part[v] = addSquare(sums.part[v], loadPart(x + i, count - i < lanes ? count - i : lanes));
  }
  return sums;
}

LAMINA_INLINE BlockSquares joinChains(BlockSquares (&chains)[squaresChains]) {
  for (size_t half = squaresChains / 2; half > 0; half /= 2) {
    for (size_t chain = 0; chain < half; ++chain) {
      for (size_t v = 0; v < vectorsOfSums; ++v) {
        chains[chain].part[v] = chains[chain].part[v] + chains[chain + half].part[v];
      }
    }
  }
  return chains[0];
}

/** Whether float32 was enough for them. NaNs are left to `addExactly`, unless another sum looks sound: they stay NaNs. */
template <size_t Count>
LAMINA_INLINE bool areSafe(const Vector (&squares)[Count]) {
  bool tiny = true;
  bool huge = false;
  for (const Vector& part : squares) {
    if (anyLane(broadcast(smallestSafeSquares) < part)) tiny = false;
    if (anyLane(broadcast(largestSafeSquares) < part)) huge = true;
  }
  return !tiny && !huge;
}
LAMINA_INLINE void addSafe(Sums& sums, const BlockSquares& squares) {
  for (size_t v = 0; v < vectorsOfSums; ++v) sums.part[v] = sums.part[v] + widen(squares.part[v]);
}

/** @param x the numbers themselves, which are looked at again where float32 was not enough */
LAMINA_INLINE void addBlock(Sums& sums, const BlockSquares& squares, size_t count, const float* x) {
  if (areSafe(squares.part)) {
    addSafe(sums, squares);
  } else {
    sums = addExactly(sums, count, x);
  }
}

void squareRoots(size_t count, const double* numerators, const double* denominators, double* LAMINA_RESTRICT roots) {
  if (denominators == nullptr) {
    for (size_t i = 0; i < count; ++i) roots[i] = sqrt(numerators[i]);
  } else {
    for (size_t i = 0; i < count; ++i) roots[i] = denominators[i] == 0 ? 0 : sqrt(numerators[i] / denominators[i]);
  }
}

double squaredNorm(size_t count, const float* x) {
  constexpr size_t chains = squaresChains;
  Sums sums = zeroSums();
  for (size_t first = 0; first < count; first += squaresBlock) {
    const float* const block = x + first;
    const size_t size = count - first < squaresBlock ? count - first : squaresBlock;
    BlockSquares squares[chains];
    for (BlockSquares& chain : squares) chain = zeroBlockSquares();
    size_t i = 0;
    for (; i + chains * sumCount <= size; i += chains * sumCount) {
      for (size_t chain = 0; chain < chains; ++chain) addSquares(squares[chain], block + i + chain * sumCount);
    }
    for (; i + sumCount <= size; i += sumCount) addSquares(squares[0], block + i);
    // A sum's index is known to compilers, so that sums stay in registers.
    for (size_t v = 0; v < vectorsOfSums; ++v, i += lanes) {
      if (i >= size) break;
      const size_t rest = size - i;
      const Vector y = rest < lanes ? loadPart(block + i, rest) : load(block + i);
      squares[chains - 1].part[v] = multiplyAdd(y, y, squares[chains - 1].part[v]);
    }
    addBlock(sums, joinChains(squares), size, block);
  }
  return total(sums);
}

}  // namespace
