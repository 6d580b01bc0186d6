#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace lamina::tables {

/**
 * Mean and population variance of a sequence, bit for bit as Moments in src/data/moments.ts, which says where its formulas
 * come from. The values of a block are dealt out to lanes in turn: sums that do not wait for each other.
 */
class Moments {
 public:
  /** Values that are NaN are left out. */
  void add(const double* values, size_t count) {
    addThose(values, count, [](size_t) { return true; });
  }

  /** @param wanted of an index: whether that value counts */
  template <class Wanted>
  void addThose(const double* values, size_t count, Wanted wanted) {
    for (size_t from = 0; from < count;) {
      const size_t end = from + std::min(count - from, block - filled_);
      size_t filled = filled_;
      for (; from < end; ++from) {
        // What is wanted comes at random: every value is written, and stays when the place moves on.
        buffer_[filled] = values[from];
        filled += static_cast<size_t>(wanted(from) & (values[from] == values[from]));
      }
      filled_ = filled;
      if (filled_ == block) combine();
    }
  }

  /** To be called once all values are in; the figures hold from then on. */
  void finish() { combine(); }

  size_t count() const { return combined_; }
  double min() const { return *std::min_element(smallest_.begin(), smallest_.end()) + 0.0; }
  double max() const { return *std::max_element(largest_.begin(), largest_.end()) + 0.0; }
  double mean() const {
    if (combined_ == 0) return std::numeric_limits<double>::quiet_NaN();
    // Rounding must not turn a constant into something that varies.
    return min() == max() ? min() : total() / static_cast<double>(combined_);
  }
  double standardDeviation() const {
    if (combined_ == 0) return std::numeric_limits<double>::quiet_NaN();
    return min() == max() ? 0 : std::sqrt(combinedSquares_ / static_cast<double>(combined_));
  }

 private:
  static constexpr size_t block = 1024;
  static constexpr size_t lanes = 8;
  using Lanes = std::array<double, lanes>;

  double total() const {
    double sum = 0;
    double lost = 0;
    for (size_t lane = 0; lane < lanes; ++lane) {
      addExactly(sums_[lane], sum, lost);
      lost += lost_[lane];
    }
    return sum + lost;
  }

  /** What rounding takes away from a sum, exactly and without comparing magnitudes. */
  static void addExactly(double value, double& sum, double& lost) {
    const double next = sum + value;
    const double added = next - sum;
    lost += sum - (next - added) + (value - added);
    sum = next;
  }

  void combine() {
    const size_t count = filled_;
    filled_ = 0;
    if (count == 0) return;
    const double before = static_cast<double>(combined_);
    const double meanBefore = combined_ == 0 ? 0 : total() / before;
    // Copies, so that the lanes stay in registers.
    Lanes sums = sums_;
    Lanes lost = lost_;
    Lanes inBlock{};
    eachLane(count, [&](double value, size_t lane) {
      inBlock[lane] += value;
      addExactly(value, sums[lane], lost[lane]);
    });
    sums_ = sums;
    lost_ = lost;
    const double mean = sumOf(inBlock) / static_cast<double>(count);
    Lanes squares{};
    Lanes smallest = smallest_;
    Lanes largest = largest_;
    eachLane(count, [&](double value, size_t lane) {
      const double difference = value - mean;
      squares[lane] += difference * difference;
      smallest[lane] = value < smallest[lane] ? value : smallest[lane];
      largest[lane] = value > largest[lane] ? value : largest[lane];
    });
    smallest_ = smallest;
    largest_ = largest;
    combined_ += count;
    const double difference = mean - meanBefore;
    combinedSquares_ += sumOf(squares) + difference * difference *
                                             ((before * static_cast<double>(count)) / static_cast<double>(combined_));
  }

  /** @param use gets each value and its lane; all lanes of a turn one after the other, as vector registers want it */
  template <class Use>
  void eachLane(size_t count, Use use) const {
    const size_t whole = count - count % lanes;
    for (size_t from = 0; from < whole; from += lanes)
      for (size_t lane = 0; lane < lanes; ++lane) use(buffer_[from + lane], lane);
    for (size_t i = whole; i < count; ++i) use(buffer_[i], i - whole);
  }

  static double sumOf(const Lanes& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum;
  }

  static constexpr Lanes all(double value) { return {value, value, value, value, value, value, value, value}; }

  double buffer_[block];
  size_t filled_ = 0;
  size_t combined_ = 0;
  Lanes sums_{};
  Lanes lost_{};
  double combinedSquares_ = 0;
  Lanes smallest_ = all(std::numeric_limits<double>::infinity());
  Lanes largest_ = all(-std::numeric_limits<double>::infinity());
};

}  // namespace lamina::tables
