#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "columns.h"
#include "moments.h"

/** What src/data/profile/survey.ts and shape.ts find out about columns of numbers; they say what it means. */
namespace lamina::tables {

struct NumberSurvey {
  Moments moments;
  bool integer = true;
  bool countsRows = true;
  /** Rows by value, the values ascending; empty when there are more than `mostFew`. */
  std::vector<std::pair<double, uint64_t>> few;
  bool isFew = true;
};

/** @param mostFew how many different values are told one by one */
NumberSurvey surveyNumbers(const Columns& columns, const Column& column, size_t mostFew);

struct ShapeSettings {
  double min;
  double max;
  size_t bins;
  /** Values farther from the median than so many interquartile ranges are far out. */
  double farOut;
  /** Beyond so many different values their number is estimated. */
  size_t countedDistinct;
};

struct NumberShape {
  double median = 0;
  double distinct = 0;
  bool distinctExact = true;
  uint64_t farOut = 0;
  std::vector<uint64_t> histogram;
};

/** @param column with at least one value */
NumberShape shapeOf(const Column& column, const ShapeSettings& settings);

struct PartMoments {
  Moments moments;
  /** Rows without a value that are not left out. */
  uint64_t missing = 0;
};

/**
 * Moments of the rows of one part.
 * @param parts one for each row
 * @param dropped the part of rows that are left out
 */
PartMoments momentsOf(const Column& column, const uint8_t* parts, uint8_t part, uint8_t dropped);

/** Whether two rows seem to hold the same in some columns: never no when they do, hardly ever yes when they do not. */
bool seemsRepeated(const Columns& columns, const std::vector<const Column*>& chosen);

/** The first row that holds a number; as many as there are rows when none does. */
size_t firstRowOf(const Columns& columns, const Column& column, double value);

}  // namespace lamina::tables
