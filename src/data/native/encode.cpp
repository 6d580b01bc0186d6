#include "encode.h"

#include <algorithm>

namespace lamina::tables {
namespace {

/** Rows whose places in the matrix stay in the cache while one column after the other is written. */
constexpr size_t rowsTogether = 256;

/** @returns whether all results are finite numbers */
bool encodeSome(const double* values, size_t count, const ScaledColumn& by, const int32_t* places, const Matrix& into) {
  // Zero as long as every result is a number, NaN from the first on that is none.
  float check = 0;
  for (size_t i = 0; i < count; ++i) {
    const int32_t place = places[i];
    if (place < 0 || static_cast<size_t>(place) >= into.rows) continue;
    const double value = values[i] == values[i] ? values[i] : by.standIn;
    const auto encoded = static_cast<float>((value - by.mean) / by.scale);
    check += encoded - encoded;
    into.values[static_cast<size_t>(place) * into.width + by.at] = encoded;
  }
  return check == 0;
}

}  // namespace

std::vector<size_t> encodeNumbers(const Columns& columns, const std::vector<ScaledColumn>& chosen, size_t from,
                                  size_t count, const int32_t* places, const Matrix& into) {
  std::vector<bool> finite(chosen.size(), true);
  const std::vector<size_t>& starts = columns.starts;
  auto piece = static_cast<size_t>(std::upper_bound(starts.begin(), starts.end(), from) - starts.begin()) - 1;
  for (size_t row = from; row < from + count;) {
    const size_t end = std::min({starts[piece + 1], from + count, row + rowsTogether});
    for (size_t index = 0; index < chosen.size(); ++index) {
      const double* const values = chosen[index].column->pieces[piece].numbers.data() + (row - starts[piece]);
      if (!encodeSome(values, end - row, chosen[index], places + (row - from), into)) finite[index] = false;
    }
    row = end;
    if (row == starts[piece + 1]) ++piece;
  }
  std::vector<size_t> unfit;
  for (size_t index = 0; index < finite.size(); ++index)
    if (!finite[index]) unfit.push_back(index);
  return unfit;
}

}  // namespace lamina::tables
