#include "profile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "bits.h"

namespace lamina::tables {
namespace {

/** Values that are looked at together. */
constexpr size_t blockValues = 1024;

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
  constexpr size_t block = blockValues;
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
  /** Missing values count as larger than all others. */
  void count(const double* values, size_t count) {
    for (size_t i = 0; i < count; ++i) ++counts_[keyOf(values[i]) >> 48];
  }

  /** All values are counted. @param ranks ascending */
  void choose(const std::vector<size_t>& ranks) {
    size_t smaller = 0;
    size_t next = 0;
    for (size_t digit = 0; digit < digits && next < ranks.size(); ++digit) {
      const size_t end = smaller + counts_[digit];
      if (ranks[next] < end) {
        groupOf_[digit] = static_cast<uint8_t>(groups_.size());
        groups_.emplace_back();
        groups_.back().reserve(counts_[digit]);
        wanted_[digit / 64] |= uint64_t{1} << (digit % 64);
      }
      for (; next < ranks.size() && ranks[next] < end; ++next)
        places_.push_back({groups_.size() - 1, static_cast<ptrdiff_t>(ranks[next] - smaller)});
      smaller = end;
    }
  }

  /** To be called once more with every value. */
  void gather(const double* values, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const uint64_t key = keyOf(values[i]);
      const uint64_t digit = key >> 48;
      if (((wanted_[digit / 64] >> (digit % 64)) & 1) != 0) groups_[groupOf_[digit]].push_back(key);
    }
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
  /** Rows are counted in 32 bits: there is no memory for more. */
  std::vector<uint32_t> counts_ = std::vector<uint32_t>(digits);
  /** A bit for the leading bits of values that are wanted: few enough to stay in the nearest cache. */
  std::array<uint64_t, digits / 64> wanted_{};
  /** By leading bits: which group, where they are wanted. */
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

/** How often each of a few values comes. */
class FewValues {
 public:
  explicit FewValues(size_t limit) : limit_(limit) {
    size_t slots = 16;
    while (slots < 4 * (limit + 1)) slots *= 2;
    slots_.assign(slots, {std::numeric_limits<double>::quiet_NaN(), 0});
  }
  /** @returns false beyond the limit */
  bool add(double value) {
    size_t slot = static_cast<size_t>(mix(bitsOf(value))) & (slots_.size() - 1);
    while (slots_[slot].first != value) {
      if (slots_[slot].second == 0) {
        if (count_ == limit_) return false;
        ++count_;
        slots_[slot].first = value;
        break;
      }
      slot = (slot + 1) & (slots_.size() - 1);
    }
    ++slots_[slot].second;
    return true;
  }
  /** The values ascending. */
  std::vector<std::pair<double, uint64_t>> counts() const {
    std::vector<std::pair<double, uint64_t>> found;
    for (const auto& slot : slots_)
      if (slot.second > 0) found.push_back(slot);
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  size_t limit_;
  size_t count_ = 0;
  std::vector<std::pair<double, uint64_t>> slots_;
};

/** Counts values in equal bins. */
class Histogram {
 public:
  explicit Histogram(const ShapeSettings& settings)
      : min_(settings.min),
        range_(settings.max > settings.min ? settings.max - settings.min : 1),
        bins_(settings.bins),
        counts_(ways * settings.bins) {}

  /** @returns how many values are not missing */
  size_t count(const double* values, size_t count) {
    const double bins = static_cast<double>(bins_);
    const double min = min_;
    const double range = range_;
    // The bins of all first: that takes no decisions, and is done for several values at a time.
    int32_t places[most];
    uint64_t present = 0;
    for (size_t i = 0; i < count; ++i) {
      // A missing value is in the last bin for now.
      double bin = (values[i] - min) / range * bins;
      bin = bin < bins - 1 ? bin : bins - 1;
      bin = bin > 0 ? bin : 0;
      places[i] = static_cast<int32_t>(bin);
    }
    for (size_t i = 0; i < count; ++i) {
      present += values[i] == values[i] ? 1 : 0;
    }
    // A count waits for the one before it in the same bin, so there are several.
    for (size_t i = 0; i < count; ++i) ++counts_[(i % ways) * bins_ + static_cast<size_t>(places[i])];
    missing_ += count - present;
    return present;
  }

  std::vector<uint64_t> counts() const {
    std::vector<uint64_t> sums(bins_);
    for (size_t i = 0; i < counts_.size(); ++i) sums[i % bins_] += counts_[i];
    sums.back() -= missing_;
    return sums;
  }

  /** Values that are counted at a time. */
  static constexpr size_t most = blockValues;

 private:
  static constexpr size_t ways = 4;
  double min_;
  double range_;
  size_t bins_;
  std::vector<uint64_t> counts_;
  uint64_t missing_ = 0;
};

/**
 * HyperLogLog (Flajolet, Fusy, Gandouet and Meunier, 2007) with 2^14 registers: a standard error of 0.8 %. Without the
 * correction for few values, which are counted.
 */
class DistinctEstimate {
 public:
  /** Missing values are left out, and −0 is the same number as 0. */
  void add(const double* values, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const double value = values[i];
      if (value != value) continue;
      const uint64_t hash = mix(bitsOf(value + 0.0) + 0x9e3779b97f4a7c15);
      const uint64_t rest = hash << bits | uint64_t{1} << (bits - 1);
      const auto rank = static_cast<uint8_t>(1 + leadingZeros(rest));
      uint8_t& largest = registers_[hash >> (64 - bits)];
      if (rank > largest) largest = rank;
    }
  }
  /** Fewer than three times as many as there are registers are estimated as more than they are. */
  static constexpr double reliable = 3 * (1 << 14);
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
  FewValues few(mostFew);
  double first = std::numeric_limits<double>::quiet_NaN();
  size_t row = 0;
  for (const Piece& piece : column.pieces) {
    const std::vector<double>& values = piece.numbers;
    if (row == 0 && !values.empty()) first = values[0];
    survey.moments.add(values.data(), values.size());
    // Most columns lose each of these properties within a few rows, and cost nothing from then on.
    for (size_t i = 0; survey.countsRows && i < values.size(); ++i)
      survey.countsRows = values[i] == first + static_cast<double>(row + i);
    for (size_t i = 0; survey.integer && i < values.size(); ++i)
      survey.integer = values[i] != values[i] || values[i] == std::trunc(values[i]);
    // −0 is the same number as 0.
    for (size_t i = 0; survey.isFew && i < values.size(); ++i)
      survey.isFew = values[i] != values[i] || few.add(values[i] + 0.0);
    row += values.size();
  }
  survey.moments.finish();
  survey.countsRows = survey.countsRows && columns.rows() > 1 && (first == 0 || first == 1);
  if (survey.isFew) survey.few = few.counts();
  return survey;
}

NumberShape shapeOf(const Column& column, const ShapeSettings& settings) {
  NumberShape shape;
  size_t present = 0;
  Histogram histogram(settings);
  DistinctEstimate estimate;
  Ranks quantiles;
  eachBlock(column, [&](const double* values, size_t count) {
    present += histogram.count(values, count);
    quantiles.count(values, count);
    estimate.add(values, count);
  });
  shape.histogram = histogram.counts();
  // Quartiles of type 7 (Hyndman and Fan, 1996), as in order-statistics.ts.
  const double shares[] = {0.25, 0.5, 0.75};
  std::vector<size_t> ranks;
  for (const double share : shares) {
    const double place = static_cast<double>(present - 1) * share;
    ranks.push_back(static_cast<size_t>(std::floor(place)));
    ranks.push_back(static_cast<size_t>(std::ceil(place)));
  }
  quantiles.choose(ranks);
  // What is too much by twelve standard errors is not counted only to find that out. An estimate of few says nothing.
  const double tooMany = std::max(1.1 * static_cast<double>(settings.countedDistinct), DistinctEstimate::reliable);
  DistinctCounter counter(estimate.value() < tooMany ? settings.countedDistinct : 0);
  bool counted = true;
  eachBlock(column, [&](const double* values, size_t count) {
    quantiles.gather(values, count);
    for (size_t i = 0; counted && i < count; ++i) counted = values[i] != values[i] || counter.add(values[i] + 0.0);
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
  for (const Piece& piece : column.pieces) {
    const double* const values = piece.numbers.data();
    const size_t count = piece.numbers.size();
    found.moments.addThose(values, count, [parts, part](size_t i) { return parts[i] == part; });
    for (size_t i = 0; i < count; ++i)
      found.missing += static_cast<uint64_t>((values[i] != values[i]) & (parts[i] != dropped));
    parts += count;
  }
  found.moments.finish();
  return found;
}

bool seemsRepeated(const Columns& columns, const std::vector<const Column*>& chosen) {
  /** Slots of one pass over the rows: 16 MB. Together with its place a mark says enough about a hash. */
  constexpr size_t mostSlots = size_t{1} << 22;
  /** Slots are all over the memory: so many rows before its turn, one is asked for. */
  constexpr size_t ahead = 16;
  const size_t rows = columns.rows();
  size_t slots = 16;
  while (slots < 2 * rows && slots < mostSlots) slots *= 2;
  const auto slotOf = [slots](uint64_t hash) { return static_cast<size_t>(hash) & (slots - 1); };
  const size_t passes = (2 * rows + slots - 1) / slots;
  std::vector<uint32_t> table;
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
      for (size_t i = 0; i < hashes.size(); ++i) {
        if (i + ahead < hashes.size()) prefetch(&table[slotOf(hashes[i + ahead])]);
        const uint64_t hash = hashes[i];
        if (passes > 1 && (hash >> 32) % passes != pass) continue;
        // 0 marks an empty slot.
        const uint32_t mark = static_cast<uint32_t>(hash >> 32) | 1;
        size_t slot = slotOf(hash);
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
