#pragma once

#include "input_panels.h"
#include "row_sums.h"
#include "squares.h"
#include "tiles.h"

/** Weight gradients of layers with so few units and samples that overhead is what takes time, after a vector header. */
namespace {

/** ‖∂L/∂W‖² while it is in registers: what has just been written in pieces is read again only after a wait. */
class RegisterSquares {
 public:
  LAMINA_MEMBER RegisterSquares() : sum_(zeroDoubles()) {
    for (Vector& part : part_) part = zero();
  }
  LAMINA_MEMBER void add(size_t index, Vector x) {
    Vector& part = part_[index % parts];
    part = multiplyAdd(x, x, part);
  }
  /** Lanes from `count` on have added nothing since `widenSums`. */
  LAMINA_MEMBER void forgetFrom(size_t count) {
    addParts();
    if (count < lanes) part_[0] = firstOf(part_[0], count);
  }
  /** To be called after some sixteen vectors, because float32 should not add up more. */
  LAMINA_MEMBER void widenSums() {
    addParts();
    const Vector squares[1] = {part_[0]};
    if (!areSafe(squares)) safe_ = false;
    sum_ = sum_ + widen(part_[0]);
    part_[0] = zero();
  }
  /** −1 where float32 was not enough. */
  LAMINA_MEMBER double total() {
    widenSums();
    return safe_ ? addHalves(sum_) : -1;
  }

 private:
  /** So many that a processor need not wait for one before it adds to the next. */
  static constexpr size_t parts = 4;

  LAMINA_MEMBER void addParts() {
    for (size_t half = parts / 2; half > 0; half /= 2) {
      for (size_t i = 0; i < half; ++i) {
        part_[i] = part_[i] + part_[i + half];
        part_[i + half] = zero();
      }
    }
  }

  Vector part_[parts];
  Doubles sum_;
  bool safe_ = true;
};

/**
 * A few units and as few samples as fit a vector, as networks have whose steps take less than a microsecond: nothing is
 * decided here that could be known before.
 */
template <size_t Rows>
double gradientOfOneVector(const DenseWeightGradient& p, size_t firstPanel, size_t lastPanel) {
  RegisterSquares squares;
  const size_t depth = p.samples;
  const size_t stride = p.inputs + 1;
  const size_t end = smaller(lastPanel * panelWidth, p.inputs);
  for (size_t column = firstPanel * panelWidth; column < end; column += lanes) {
    const size_t panel = column / panelWidth;
    const size_t bStride = inputPanelWidth(p.inputs, panel);
    const float* LAMINA_RESTRICT e = p.e;
    const float* LAMINA_RESTRICT b = p.packed + panel * panelWidth * depth + column % panelWidth;
    Vector sums[Rows][1];
    for (size_t r = 0; r < Rows; ++r) sums[r][0] = zero();
    size_t s = 0;
    for (; s + 2 <= depth; s += 2, e += 2, b += 2 * bStride) {
      addDepth(sums, b, [e](size_t r) { return e[r * lanes]; });
      addDepth(sums, b + bStride, [e](size_t r) { return e[r * lanes + 1]; });
    }
    if (s < depth) addDepth(sums, b, [e](size_t r) { return e[r * lanes]; });
    if (column > firstPanel * panelWidth) squares.widenSums();
    if (p.measures) {
      for (size_t r = 0; r < Rows; ++r) squares.add(r, sums[r][0]);
      squares.forgetFrom(end - column);
    }
    float* c = anew(p.dw) + column;
    if (end - column >= lanes) {
      for (size_t r = 0; r < Rows; ++r, c += stride) store(c, sums[r][0]);
    } else {
      for (size_t r = 0; r < Rows; ++r, c += stride) storePart(c, sums[r][0], end - column);
    }
  }
  if (firstPanel > 0) return p.measures ? squares.total() : -1;
  float bias[(Rows + lanes - 1) / lanes * lanes];
  float* const sums = anew(bias);
  for (size_t r = 0; r < Rows; r += lanes) {
    const size_t rows = smaller(lanes, Rows - r);
    const Vector sum = sumPanelRows(p.e + r * lanes, lanes, rows, depth);
    store(sums + r, sum);
    if (p.measures) squares.add(r / lanes, rows < lanes ? firstOf(sum, rows) : sum);
  }
  float* c = p.dw + p.inputs;
  for (size_t r = 0; r < Rows; ++r, c += stride) *c = sums[r];
  return p.measures ? squares.total() : -1;
}

template <size_t... I>
constexpr auto oneVectorFunctionsOf(std::index_sequence<I...>) {
  struct {
    double (*ofRows[sizeof...(I)])(const DenseWeightGradient&, size_t, size_t);
  } functions = {{gradientOfOneVector<I + 1>...}};
  return functions;
}
/** `oneVectorFunctions.ofRows[rows − 1]` */
constexpr auto oneVectorFunctions = oneVectorFunctionsOf(std::make_index_sequence<tallTileRows>());

/** Inputs so few that hardly a lane of a vector of them would hold one. */
constexpr size_t fewestInputs = 4;

/** The same where vectors hold units, for which E is transposed. */
template <size_t Inputs>
double gradientOfFewInputs(const DenseWeightGradient& p) {
  constexpr size_t stride = Inputs + 1;
  RegisterSquares squares;
  const size_t bStride = inputPanelWidth(Inputs, 0);
  for (size_t unit = 0; unit < p.units; unit += lanes) {
    const size_t rows = smaller(lanes, p.units - unit);
    const float* const e = p.e + unit * lanes;
    if (unit > 0) squares.widenSums();
    Vector sums[Inputs];
    for (Vector& sum : sums) sum = zero();
    // Samples are fewer than lanes, and those no more than sums: each is one of the bias column's.
    Vector ofSample[sumCount];
    const auto addAll = [&](const auto& row) {
      const float* b = p.packed;
      for (size_t s = 0; s < sumCount; s += 4) {
        Vector* const four = ofSample + s;
        if (s >= p.samples) {
          for (size_t k = 0; k < 4; ++k) four[k] = zero();
          continue;
        }
        // There is room for four: a vector's number of lanes is a multiple of that.
        Vector columns[4];
        loadColumns(row, s, columns);
        for (size_t k = 0; k < 4; ++k, b += bStride) {
          four[k] = s + k < p.samples ? columns[k] : zero();
          if (s + k >= p.samples) continue;
          for (size_t i = 0; i < Inputs; ++i) sums[i] = multiplyAdd(broadcast(b[i]), four[k], sums[i]);
        }
      }
    };
    if (rows == lanes) {
      addAll([e](size_t r) { return e + r * lanes; });
    } else {
      addAll([e, rows](size_t r) { return e + (r < rows ? r : rows - 1) * lanes; });
    }
    for (size_t half = sumCount / 2; half > 0; half /= 2) {
      for (size_t s = 0; s < half; ++s) ofSample[s] = ofSample[s] + ofSample[s + half];
    }
    float numbers[stride * lanes];
    // Through memory: compilers would rather take the vectors apart, which takes longer.
    float* const columns = anew(numbers);
    for (size_t i = 0; i < stride; ++i) {
      const Vector sum = i < Inputs ? sums[i] : ofSample[0];
      store(columns + i * lanes, sum);
      squares.add(i, sum);
    }
    squares.forgetFrom(rows);
    float* c = anew(p.dw) + unit * stride;
    for (size_t r = 0; r < rows; ++r, c += stride) {
      for (size_t i = 0; i < stride; ++i) c[i] = columns[i * lanes + r];
    }
  }
  return p.measures ? squares.total() : -1;
}

template <size_t... I>
constexpr auto fewInputsFunctionsOf(std::index_sequence<I...>) {
  struct {
    double (*ofInputs[sizeof...(I)])(const DenseWeightGradient&);
  } functions = {{gradientOfFewInputs<I + 1>...}};
  return functions;
}
/** `fewInputsFunctions.ofInputs[inputs − 1]` */
constexpr auto fewInputsFunctions = fewInputsFunctionsOf(std::make_index_sequence<fewestInputs>());

}  // namespace
