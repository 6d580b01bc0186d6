#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace lamina::tables {

/**
 * Mean and population variance of a sequence, bit for bit as Moments in src/data/moments.ts, which says where its formulas
 * come from.
 */
class Moments {
 public:
  void add(double value) {
    if (value != value) return;
    buffer_[filled_++] = value;
    smallest_ = std::min(smallest_, value);
    largest_ = std::max(largest_, value);
    if (filled_ == block) combine();
  }

  /** To be called once all values are in; the figures hold from then on. */
  void finish() { combine(); }

  size_t count() const { return combined_; }
  double min() const { return smallest_; }
  double max() const { return largest_; }
  double mean() const {
    if (combined_ == 0) return std::numeric_limits<double>::quiet_NaN();
    // Rounding must not turn a constant into something that varies.
    return smallest_ == largest_ ? smallest_ : (sum_ + lost_) / static_cast<double>(combined_);
  }
  double standardDeviation() const {
    if (combined_ == 0) return std::numeric_limits<double>::quiet_NaN();
    return smallest_ == largest_ ? 0 : std::sqrt(combinedSquares_ / static_cast<double>(combined_));
  }

 private:
  static constexpr size_t block = 1024;

  void combine() {
    const size_t count = filled_;
    filled_ = 0;
    if (count == 0) return;
    const double before = static_cast<double>(combined_);
    const double meanBefore = combined_ == 0 ? 0 : (sum_ + lost_) / before;
    double blockSum = 0;
    double sum = sum_;
    double lost = lost_;
    for (size_t i = 0; i < count; ++i) {
      const double value = buffer_[i];
      blockSum += value;
      // What rounding takes away from a sum, exactly and without comparing magnitudes.
      const double next = sum + value;
      const double added = next - sum;
      lost += sum - (next - added) + (value - added);
      sum = next;
    }
    sum_ = sum;
    lost_ = lost;
    const double mean = blockSum / static_cast<double>(count);
    double squares = 0;
    for (size_t i = 0; i < count; ++i) {
      const double difference = buffer_[i] - mean;
      squares += difference * difference;
    }
    combined_ += count;
    const double difference = mean - meanBefore;
    combinedSquares_ += squares + difference * difference *
                                      ((before * static_cast<double>(count)) / static_cast<double>(combined_));
  }

  double buffer_[block];
  size_t filled_ = 0;
  size_t combined_ = 0;
  double sum_ = 0;
  double lost_ = 0;
  double combinedSquares_ = 0;
  double smallest_ = std::numeric_limits<double>::infinity();
  double largest_ = -std::numeric_limits<double>::infinity();
};

}  // namespace lamina::tables
