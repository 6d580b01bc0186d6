#include "profile.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_map>

#include "bits.h"

namespace lamina::tables {
namespace {

uint64_t bitsOf(double value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

double fromBits(uint64_t bits) {
  double value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/** Grows with the value, −0 below 0. */
uint64_t keyOf(double value) {
  const uint64_t bits = bitsOf(value);
  // Signs come at random, and a branch on them would be guessed wrong again and again.
  return bits ^ ((0 - (bits >> 63)) | (uint64_t{1} << 63));
}

double valueOf(uint64_t key) { return fromBits((key >> 63) != 0 ? key & ~(uint64_t{1} << 63) : ~key); }

/** The finaliser of splitmix64 (Steele, Lea and Flood, 2014). */
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

template <class Use>
void eachNumber(const Column& column, Use use) {
  for (const Piece& piece : column.pieces)
    for (const double value : piece.numbers)
      if (value == value) use(value);
}

/**
 * The values of a column a few at a time, so that what is done with them one after the other finds them in the cache.
 * @param use gets values, which may be missing, and how many
 */
template <class Use>
void eachBlock(const Column& column, Use use) {
  constexpr size_t block = 1024;
  for (const Piece& piece : column.pieces)
    for (size_t from = 0; from < piece.numbers.size(); from += block)
      use(piece.numbers.data() + from, std::min(block, piece.numbers.size() - from));
}

/**
 * What would stand at given places if the values were sorted: they are counted by their leading 16 bits, and only those
 * that share them with a wanted one are looked at further.
 */
class Ranks {
 public:
  void count(double value) { ++counts_[keyOf(value) >> 48]; }

  /** All values are counted. @param ranks ascending */
  void choose(const std::vector<size_t>& ranks) {
    size_t smaller = 0;
    size_t next = 0;
    for (size_t digit = 0; digit < digits && next < ranks.size(); ++digit) {
      const size_t end = smaller + counts_[digit];
      if (ranks[next] < end) {
        groups_.emplace_back();
        groups_.back().reserve(counts_[digit]);
        groupOf_[digit] = static_cast<uint8_t>(groups_.size());
      }
      for (; next < ranks.size() && ranks[next] < end; ++next)
        places_.push_back({groups_.size() - 1, static_cast<ptrdiff_t>(ranks[next] - smaller)});
      smaller = end;
    }
  }

  /** To be called once more with every value. */
  void gather(double value) {
    const uint64_t key = keyOf(value);
    const uint8_t group = groupOf_[key >> 48];
    if (group != 0) groups_[group - 1].push_back(key);
  }

  std::vector<double> values() {
    std::vector<double> found;
    for (const Place& place : places_) {
      std::vector<uint64_t>& keys = groups_[place.group];
      std::nth_element(keys.begin(), keys.begin() + place.rank, keys.end());
      found.push_back(valueOf(keys[static_cast<size_t>(place.rank)]));
    }
    return found;
  }

 private:
  static constexpr size_t digits = size_t{1} << 16;
  struct Place {
    size_t group;
    ptrdiff_t rank;
  };
  std::vector<size_t> counts_ = std::vector<size_t>(digits);
  /** By leading bits: which group, from 1; 0 for values nobody asks for. */
  std::vector<uint8_t> groupOf_ = std::vector<uint8_t>(digits);
  std::vector<std::vector<uint64_t>> groups_;
  std::vector<Place> places_;
};

/** Different values by a table of their hashes. */
class DistinctCounter {
 public:
  explicit DistinctCounter(size_t limit) : limit_(limit) {
    size_t slots = 16;
    while (slots < 2 * (limit + 1)) slots *= 2;
    table_.assign(slots, std::numeric_limits<double>::quiet_NaN());
  }
  /** @returns false beyond the limit */
  bool add(double value) {
    size_t slot = static_cast<size_t>(mix(bitsOf(value))) & (table_.size() - 1);
    while (table_[slot] == table_[slot]) {
      if (table_[slot] == value) return true;
      slot = (slot + 1) & (table_.size() - 1);
    }
    if (count_ == limit_) return false;
    table_[slot] = value;
    ++count_;
    return true;
  }
  size_t count() const { return count_; }

 private:
  size_t limit_;
  size_t count_ = 0;
  std::vector<double> table_;
};

/**
 * HyperLogLog (Flajolet, Fusy, Gandouet and Meunier, 2007) with 2^14 registers: a standard error of 0.8 %. Without the
 * correction for few values, which are counted.
 */
class DistinctEstimate {
 public:
  void add(double value) {
    const uint64_t hash = mix(bitsOf(value) + 0x9e3779b97f4a7c15);
    const uint64_t rest = hash << bits | uint64_t{1} << (bits - 1);
    const auto rank = static_cast<uint8_t>(1 + leadingZeros(rest));
    uint8_t& largest = registers_[hash >> (64 - bits)];
    if (rank > largest) largest = rank;
  }
  double value() const {
    double sum = 0;
    for (const uint8_t rank : registers_) sum += std::ldexp(1.0, -static_cast<int>(rank));
    const double m = static_cast<double>(registers_.size());
    return std::round(0.7213 / (1 + 1.079 / m) * m * m / sum);
  }

 private:
  static constexpr int bits = 14;
  std::vector<uint8_t> registers_ = std::vector<uint8_t>(size_t{1} << bits);
};

}  // namespace

NumberSurvey surveyNumbers(const Columns& columns, const Column& column, size_t mostFew) {
  NumberSurvey survey;
  std::unordered_map<double, uint64_t> few;
  double first = std::numeric_limits<double>::quiet_NaN();
  size_t row = 0;
  for (const Piece& piece : column.pieces) {
    const std::vector<double>& values = piece.numbers;
    if (row == 0 && !values.empty()) first = values[0];
    for (const double value : values) survey.moments.add(value);
    // Most columns lose each of these properties within a few rows, and cost nothing from then on.
    for (size_t i = 0; survey.countsRows && i < values.size(); ++i)
      survey.countsRows = values[i] == first + static_cast<double>(row + i);
    for (size_t i = 0; survey.integer && i < values.size(); ++i)
      survey.integer = values[i] != values[i] || values[i] == std::trunc(values[i]);
    for (size_t i = 0; survey.isFew && i < values.size(); ++i) {
      if (values[i] != values[i]) continue;
      // −0 is the same number as 0.
      ++few[values[i] + 0.0];
      survey.isFew = few.size() <= mostFew;
    }
    row += values.size();
  }
  survey.moments.finish();
  survey.countsRows = survey.countsRows && columns.rows() > 1 && (first == 0 || first == 1);
  if (survey.isFew) {
    survey.few.assign(few.begin(), few.end());
    std::sort(survey.few.begin(), survey.few.end());
  }
  return survey;
}

NumberShape shapeOf(const Column& column, const ShapeSettings& settings) {
  NumberShape shape;
  size_t present = 0;
  const double min = settings.min;
  const double range = settings.max > settings.min ? settings.max - settings.min : 1;
  const double bins = static_cast<double>(settings.bins);
  std::vector<uint64_t> histogram(settings.bins);
  DistinctCounter counter(settings.countedDistinct);
  bool counted = true;
  Ranks quantiles;
  eachBlock(column, [&](const double* values, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const double value = values[i];
      if (value != value) continue;
      ++present;
      const double bin = std::max(0.0, std::min(bins - 1, (value - min) / range * bins));
      ++histogram[static_cast<size_t>(bin)];
      quantiles.count(value);
    }
    for (size_t i = 0; counted && i < count; ++i) counted = values[i] != values[i] || counter.add(values[i] + 0.0);
  });
  shape.histogram = std::move(histogram);
  // Quartiles of type 7 (Hyndman and Fan, 1996), as in order-statistics.ts.
  const double shares[] = {0.25, 0.5, 0.75};
  std::vector<size_t> ranks;
  for (const double share : shares) {
    const double place = static_cast<double>(present - 1) * share;
    ranks.push_back(static_cast<size_t>(std::floor(place)));
    ranks.push_back(static_cast<size_t>(std::ceil(place)));
  }
  quantiles.choose(ranks);
  DistinctEstimate estimate;
  eachBlock(column, [&](const double* values, size_t count) {
    for (size_t i = 0; i < count; ++i)
      if (values[i] == values[i]) quantiles.gather(values[i]);
    for (size_t i = 0; !counted && i < count; ++i)
      if (values[i] == values[i]) estimate.add(values[i] + 0.0);
  });
  shape.distinctExact = counted;
  shape.distinct =
      counted ? static_cast<double>(counter.count()) : std::min(estimate.value(), static_cast<double>(present));
  const std::vector<double> found = quantiles.values();
  double quartiles[3];
  for (size_t index = 0; index < 3; ++index) {
    const double place = static_cast<double>(present - 1) * shares[index];
    const double lower = found[2 * index];
    quartiles[index] = lower + (found[2 * index + 1] - lower) * (place - std::floor(place));
  }
  shape.median = quartiles[1];
  const double limit = settings.farOut * (quartiles[2] - quartiles[0]);
  if (limit != 0 && std::max(settings.max - shape.median, shape.median - settings.min) > limit)
    eachNumber(column, [&](double value) { shape.farOut += std::abs(value - shape.median) > limit ? 1 : 0; });
  return shape;
}

PartMoments momentsOf(const Column& column, const uint8_t* parts, uint8_t part, uint8_t dropped) {
  PartMoments found;
  size_t row = 0;
  for (const Piece& piece : column.pieces) {
    for (const double value : piece.numbers) {
      const uint8_t its = parts[row++];
      if (its == part) found.moments.add(value);
      if (value != value && its != dropped) ++found.missing;
    }
  }
  found.moments.finish();
  return found;
}

bool seemsRepeated(const Columns& columns, const std::vector<const Column*>& chosen) {
  /** Slots of one pass over the rows: 32 MB. */
  constexpr size_t mostSlots = size_t{1} << 22;
  const size_t rows = columns.rows();
  size_t slots = 16;
  while (slots < 2 * rows && slots < mostSlots) slots *= 2;
  const size_t passes = (2 * rows + slots - 1) / slots;
  std::vector<uint64_t> table;
  std::vector<uint64_t> hashes;
  for (size_t pass = 0; pass < passes; ++pass) {
    table.assign(slots, 0);
    for (size_t piece = 0; piece + 1 < columns.starts.size(); ++piece) {
      hashes.assign(columns.starts[piece + 1] - columns.starts[piece], 0);
      for (const Column* const column : chosen) {
        for (size_t i = 0; i < hashes.size(); ++i) {
          const uint64_t cell = column->storage == Storage::number ? bitsOf(column->pieces[piece].numbers[i] + 0.0)
                                                                   : column->pieces[piece].codes[i];
          hashes[i] = mix(hashes[i] * 31 + cell + 0x9e3779b97f4a7c15);
        }
      }
      for (const uint64_t hash : hashes) {
        if (passes > 1 && (hash >> 32) % passes != pass) continue;
        // 0 marks an empty slot.
        const uint64_t mark = hash | 1;
        size_t slot = static_cast<size_t>(hash >> 1) & (slots - 1);
        while (table[slot] != 0) {
          if (table[slot] == mark) return true;
          slot = (slot + 1) & (slots - 1);
        }
        table[slot] = mark;
      }
    }
  }
  return false;
}

size_t firstRowOf(const Columns& columns, const Column& column, double value) {
  size_t row = 0;
  for (const Piece& piece : column.pieces) {
    const auto found = std::find(piece.numbers.begin(), piece.numbers.end(), value);
    if (found != piece.numbers.end()) return row + static_cast<size_t>(found - piece.numbers.begin());
    row += piece.numbers.size();
  }
  return columns.rows();
}

}  // namespace lamina::tables
