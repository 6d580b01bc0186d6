/** The three products of a dense layer, of every instruction set, against plain loops in float64. */
#include <algorithm>
#include <cmath>

#include "check.h"
#include "every_kernel.h"

using namespace lamina;

namespace {

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
/** More rows than any product has. */
constexpr size_t allRows = 10000;
/** Samples that the engine packs at a time for a weight gradient. */
constexpr size_t samplesPacked = 1024;
constexpr size_t activationIndex = static_cast<size_t>(ActivationFunction::tanh);

struct Shape {
  size_t samples;
  size_t inputs;
  size_t units;
};

/** A layer's numbers, those of samples row by row, and what products must make of them. */
struct Case {
  explicit Case(const Shape& of)
      : shape(of),
        w(randomFloats(of.units * (of.inputs + 1), 31)),
        a(randomFloats(of.samples * of.inputs, 32)),
        e(randomFloats(of.samples * of.units, 33)),
        behindZ(randomFloats(of.samples * of.inputs, 34)),
        behindA(randomFloats(of.samples * of.inputs, 35)),
        z(of.samples * of.units),
        dw(of.units * (of.inputs + 1)),
        g(of.samples * of.inputs) {
    const size_t stride = of.inputs + 1;
    for (size_t s = 0; s < of.samples; ++s) {
      for (size_t u = 0; u < of.units; ++u) {
        const double error = e[s * of.units + u];
        double sum = w[u * stride + of.inputs];
        for (size_t k = 0; k < of.inputs; ++k) {
          const double weight = w[u * stride + k];
          const double input = a[s * of.inputs + k];
          sum += weight * input;
          dw[u * stride + k] += error * input;
          g[s * of.inputs + k] += error * weight;
        }
        z[s * of.units + u] = sum;
        dw[u * stride + of.inputs] += error;
      }
    }
  }

  Shape shape;
  Floats w;
  Floats a;
  Floats e;
  /** Z and A of the activation that made the input. */
  Floats behindZ;
  Floats behindA;
  std::vector<double> z;
  std::vector<double> dw;
  std::vector<double> g;
};

/** Calls `body(first, last)` for ranges of at most so many rows. */
template <class Body>
void inRanges(size_t rows, size_t most, const Body& body) {
  for (size_t first = 0; first < rows; first += most) body(first, std::min(rows, first + most));
}

/** A case as one instruction set sees it. What no sample owns is not a number, which would show in any sum. */
class Products {
 public:
  Products(const Kernels& kernels, const Case& of, size_t width)
      : kernels_(kernels),
        case_(of),
        shape_(of.shape),
        panels_(of.shape.samples, width),
        a_(toPanels(panels_, shape_.inputs, of.a, notANumber)),
        e_(toPanels(panels_, shape_.units, of.e, notANumber)),
        behindZ_(toPanels(panels_, shape_.inputs, of.behindZ, notANumber)),
        behindA_(toPanels(panels_, shape_.inputs, of.behindA, notANumber)),
        scratch_(kernels.productScratch, notANumber) {}

  /** Z, units × b. @param most rows computed at a time @param last rows up to here only */
  Floats forward(size_t most, size_t firstUnit, size_t lastUnit, float before) const {
    const Floats z = forward(most, firstUnit, lastUnit, before, nullptr);
    Floats activated;
    CHECK(same(z, forward(most, firstUnit, lastUnit, before, &activated)));
    Floats expected(z.size());
    kernels_.activate[activationIndex](z.size(), z.data(), expected.data());
    for (size_t unit = 0; unit < shape_.units; ++unit) {
      const bool isComputed = unit >= firstUnit && unit < lastUnit;
      CHECK(isComputed ? sameSamples(activated, expected, shape_.units, unit)
                       : isUntouched(activated, shape_.units, unit, before));
    }
    return z;
  }

  /** G, inputs × b. @param before what G holds: is added to where `accumulate` */
  Floats inputGradient(size_t most, size_t firstInput, size_t lastInput, float before, bool accumulate) {
    Floats g = inputGradient(most, firstInput, lastInput, before, accumulate, nullptr);
    Floats behind(g.size(), before);
    CHECK(same(g, inputGradient(most, firstInput, lastInput, before, accumulate, behind.data())));
    const Floats inPlace = inputGradient(most, firstInput, lastInput, before, accumulate, nullptr, true);
    Floats expected(g.size());
    kernels_.activateBackward[activationIndex](g.size(), behindZ_.data(), behindA_.data(), g.data(), expected.data(),
                                               false);
    for (size_t input = 0; input < shape_.inputs; ++input) {
      const bool isComputed = input >= firstInput && input < lastInput;
      for (const Floats& found : {behind, inPlace}) {
        CHECK(isComputed ? sameSamples(found, expected, shape_.inputs, input)
                         : isUntouched(found, shape_.inputs, input, before));
      }
    }
    return g;
  }

  /** ∂L/∂W, units × (inputs + 1). @param chunk samples packed at a time */
  Floats weightGradient(size_t most, size_t firstUnit, size_t lastUnit, float before, size_t chunk) {
    const size_t inputPanels = (shape_.inputs + kernels_.panelWidth - 1) / kernels_.panelWidth;
    Guarded dw(case_.w.size(), before);
    for (size_t first = 0; first < shape_.samples; first += chunk) {
      const size_t samples = std::min(chunk, shape_.samples - first);
      Guarded packed(inputPanels * kernels_.panelWidth * samples, notANumber);
      const DenseWeightGradient product{panels_, shape_.inputs, shape_.units,  e_.data(), a_.data(),
                                        first,   samples,       packed.data(), dw.data(),
                                      true};
      inRanges(inputPanels, most, [&](size_t from, size_t to) { kernels_.packInputs(product, from, to); });
      inRanges(lastUnit - firstUnit, std::min(most, largestRowBlock), [&](size_t from, size_t to) {
        kernels_.denseWeightGradient(product, firstUnit + from, firstUnit + to, scratch_.data());
      });
    }
    return dw.numbers();
  }

  /**
   * The same of all units, which are few.
   * @param most panels of inputs computed at a time @param packed whether A is copied before, from a table of samples
   */
  Floats weightGradientOfFew(size_t most, bool packed) {
    const size_t inputPanels = (shape_.inputs + kernels_.panelWidth - 1) / kernels_.panelWidth;
    Guarded dw(case_.w.size(), notANumber);
    Guarded copy(packed ? inputPanels * kernels_.panelWidth * shape_.samples : 0, notANumber);
    const DenseWeightGradient product{panels_,
                                      shape_.inputs,
                                      shape_.units,
                                      e_.data(),
                                      a_.data(),
                                      0,
                                      shape_.samples,
                                      packed ? copy.data() : nullptr,
                                      dw.data(),
                                      true};
    if (packed) {
      // The table's samples the other way round, and an order that turns them back.
      Floats table(case_.a.size());
      std::vector<uint32_t> order(shape_.samples);
      for (size_t s = 0; s < shape_.samples; ++s) {
        order[s] = static_cast<uint32_t>(shape_.samples - 1 - s);
        std::copy_n(case_.a.data() + s * shape_.inputs, shape_.inputs, table.data() + order[s] * shape_.inputs);
      }
      inRanges(shape_.samples, panels_.width, [&](size_t from, size_t to) {
        kernels_.packSamples(shape_.inputs, shape_.samples, from, to, table.data(), order.data(), copy.data());
      });
    }
    double squares = 0;
    inRanges(inputPanels, most, [&](size_t from, size_t to) {
      const double more = kernels_.denseWeightGradientOfFew(product, from, to, scratch_.data());
      squares = squares < 0 || more < 0 ? -1 : squares + more;
    });
    if (squares >= 0) {
      const Floats all = dw.numbers();
      CHECK_NEAR(squares / kernels_.squaredNorm(all.size(), all.data()), 1.0, 1e-6);
    }
    return dw.numbers();
  }

  Floats rowsOf(const Floats& matrix, size_t units) const { return toRows(panels_, units, matrix); }
  /** Whether a row of a matrix of `units` rows is as it was. */
  bool isUntouched(const Floats& matrix, size_t units, size_t unit, float before) const {
    for (size_t panel = 0; panel < panels_.count(); ++panel) {
      const float* const row = matrix.data() + (panel * units + unit) * panels_.width;
      if (!std::all_of(row, row + panels_.width, [before](float x) { return x == before; })) return false;
    }
    return true;
  }

 private:
  bool same(const Floats& one, const Floats& other) const {
    // Of samples: what else a panel holds is anything.
    const size_t units = one.size() / (panels_.count() * panels_.width);
    return rowsOf(one, units) == rowsOf(other, units);
  }
  bool sameSamples(const Floats& one, const Floats& other, size_t units, size_t unit) const {
    for (size_t s = 0; s < panels_.samples; ++s) {
      const size_t i = (s / panels_.width * units + unit) * panels_.width + s % panels_.width;
      if (one[i] != other[i]) return false;
    }
    return true;
  }

  Floats forward(size_t most, size_t firstUnit, size_t lastUnit, float before, Floats* activated) const {
    Guarded z(e_.size(), before);
    Guarded values(e_.size(), before);
    const Activate activate = activated == nullptr ? nullptr : kernels_.activate[activationIndex];
    const DenseForward product{panels_,  shape_.inputs, shape_.units, case_.w.data(),
                               a_.data(), z.data(),      activate,     values.data()};
    inRanges(lastUnit - firstUnit, most, [&](size_t from, size_t to) {
      kernels_.denseForward(product, firstUnit + from, firstUnit + to);
    });
    if (activated != nullptr) *activated = values.numbers();
    return z.numbers();
  }

  /** @param behind where ∂L/∂Z of the activation behind goes, if anywhere @param inPlace or in the place of G */
  Floats inputGradient(size_t most, size_t firstInput, size_t lastInput, float before, bool accumulate, float* behind,
                       bool inPlace = false) {
    Guarded g(a_.size(), before);
    Guarded values(a_.size(), before);
    DenseInputGradient product{panels_,    shape_.inputs, shape_.units, case_.w.data(), e_.data(), g.data(),
                               accumulate, nullptr,       nullptr,      nullptr,        nullptr};
    if (behind != nullptr || inPlace) {
      product.backward = kernels_.activateBackward[activationIndex];
      product.z = behindZ_.data();
      product.a = behindA_.data();
      product.behind = inPlace ? g.data() : values.data();
    }
    inRanges(lastInput - firstInput, most, [&](size_t from, size_t to) {
      kernels_.denseInputGradient(product, firstInput + from, firstInput + to, scratch_.data());
    });
    if (behind != nullptr) std::copy_n(values.data(), a_.size(), behind);
    return g.numbers();
  }

  const Kernels& kernels_;
  const Case& case_;
  Shape shape_;
  Panels panels_;
  Floats a_;
  Floats e_;
  Floats behindZ_;
  Floats behindA_;
  Floats scratch_;
};

/** Sums of `depth` products of numbers up to 1, each rounded. */
void checkNear(const Floats& found, const std::vector<double>& expected, double before, size_t depth) {
  CHECK(found.size() == expected.size());
  const double tolerance = 2e-6 * std::sqrt(static_cast<double>(depth));
  for (size_t i = 0; i < found.size(); ++i) CHECK_NEAR(found[i], before + expected[i], tolerance);
}

struct Results {
  Floats z;
  Floats g;
  Floats added;
  Floats dw;

  bool operator==(const Results& other) const {
    return z == other.z && g == other.g && added == other.added && dw == other.dw;
  }
};

Results resultsOf(Products& products, const Shape& shape, size_t most) {
  return {products.rowsOf(products.forward(most, 0, shape.units, notANumber), shape.units),
          products.rowsOf(products.inputGradient(most, 0, shape.inputs, notANumber, false), shape.inputs),
          products.rowsOf(products.inputGradient(most, 0, shape.inputs, 1, true), shape.inputs),
          products.weightGradient(most, 0, shape.units, notANumber, samplesPacked)};
}

/** Neither the width of panels and vectors nor how rows are divided may change a bit. */
void testShape(const std::vector<const Kernels*>& all, const Shape& shape) {
  const Case item(shape);
  std::vector<Results> plain;
  std::vector<Results> fused;
  for (const Kernels* kernels : all) {
    for (const size_t width : {kernels->lanes, kernels->panelWidth}) {
      // Narrow panels are for what fits one.
      if (width < kernels->panelWidth && shape.samples > width) continue;
      Products products(*kernels, item, width);
      std::vector<Results>& results = isFused(*kernels) ? fused : plain;
      for (const size_t most : {allRows, size_t{5}}) results.push_back(resultsOf(products, shape, most));
      if (shape.units <= largestRowBlock) {
        for (const size_t most : {allRows, size_t{1}}) {
          for (const bool packed : {false, true}) {
            CHECK(products.weightGradientOfFew(most, packed) == results.back().dw);
          }
        }
      }
      // Samples in several portions: their sums are added, which rounds differently.
      checkNear(products.weightGradient(allRows, 0, shape.units, notANumber, 2 * width), item.dw, 0, shape.samples);
    }
  }
  for (const std::vector<Results>& results : {plain, fused}) {
    if (results.empty()) continue;
    checkNear(results[0].z, item.z, 0, shape.inputs);
    checkNear(results[0].g, item.g, 0, shape.units);
    checkNear(results[0].added, item.g, 1, shape.units);
    checkNear(results[0].dw, item.dw, 0, shape.samples);
    for (const Results& result : results) CHECK(result == results[0]);
  }
}

/** Rows that were not asked for are another thread's. */
void testOtherRows(const Kernels& kernels, const Shape& shape) {
  const Case item(shape);
  Products products(kernels, item, kernels.panelWidth);
  const size_t stride = shape.inputs + 1;
  const size_t firstUnit = shape.units / 3;
  const size_t lastUnit = std::min(firstUnit + largestRowBlock, shape.units - 1);
  const size_t firstInput = shape.inputs / 3;
  const size_t lastInput = shape.inputs - 1;
  const Results whole = resultsOf(products, shape, allRows);
  const Floats z = products.forward(allRows, firstUnit, lastUnit, 2);
  const Floats zRows = products.rowsOf(z, shape.units);
  const Floats dw = products.weightGradient(allRows, firstUnit, lastUnit, 2, samplesPacked);
  for (size_t unit = 0; unit < shape.units; ++unit) {
    const bool isComputed = unit >= firstUnit && unit < lastUnit;
    CHECK(isComputed != products.isUntouched(z, shape.units, unit, 2));
    for (size_t s = unit; isComputed && s < zRows.size(); s += shape.units) CHECK(zRows[s] == whole.z[s]);
    for (size_t i = unit * stride; i < (unit + 1) * stride; ++i) CHECK(dw[i] == (isComputed ? whole.dw[i] : 2));
  }
  for (const bool accumulate : {false, true}) {
    const Floats g = products.inputGradient(allRows, firstInput, lastInput, 1, accumulate);
    const Floats gRows = products.rowsOf(g, shape.inputs);
    const Floats& expected = accumulate ? whole.added : whole.g;
    for (size_t input = 0; input < shape.inputs; ++input) {
      const bool isComputed = input >= firstInput && input < lastInput;
      CHECK(isComputed != products.isUntouched(g, shape.inputs, input, 1));
      for (size_t s = input; isComputed && s < gRows.size(); s += shape.inputs) CHECK(gRows[s] == expected[s]);
    }
  }
}

}  // namespace

void testProducts() {
  const std::vector<const Kernels*> all = allKernels();
  // One, and the lanes and the rows of tiles of all instruction sets with their neighbours.
  for (const size_t samples : {1, 4, 5, 8, 9, 15, 16, 17, 31, 32, 33, 65}) {
    for (const size_t rows : {1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 29}) {
      for (const size_t others : {5, 33}) {
        testShape(all, {samples, rows, others});
        testShape(all, {samples, others, rows});
      }
    }
  }
  // Beyond what stays in a cache, is copied or is packed at a time, and not by whole blocks.
  const Shape large[] = {{5, 700, 530}, {40, 257, 34},  {97, 520, 270}, {33, 255, 513},
                         {256, 31, 40}, {257, 70, 130}, {1024, 9, 20},  {1300, 33, 70}, {2100, 3, 2}};
  for (const Shape& shape : large) testShape(all, shape);
  for (const Kernels* kernels : all) {
    for (const Shape& shape : {Shape{1, 3, 3}, Shape{50, 20, 40}, Shape{300, 300, 290}}) testOtherRows(*kernels, shape);
  }
}
