#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "numbers.h"
#include "scanner.h"

/** What a scanner keeps of the cells. */
namespace lamina::tables {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/** Move what is behind `count` values, the first cells of a row that has not ended, and give back room to spare. */
template <class T>
void splitAt(std::vector<T>& values, size_t count, std::vector<T>& rest) {
  if (values.size() > count) {
    rest.assign(values.begin() + static_cast<ptrdiff_t>(count), values.end());
    values.resize(count);
  }
  if (values.capacity() > values.size() + values.size() / 8) values.shrink_to_fit();
}

/** The largest |x| of what is not missing, 0 when all is. */
double largestOf(const std::vector<double>& values) {
  constexpr size_t lanes = 8;
  double largest[lanes] = {};
  const size_t whole = values.size() - values.size() % lanes;
  const auto look = [&](double value, double& so) {
    const double size = std::abs(value);
    so = size > so ? size : so;
  };
  for (size_t from = 0; from < whole; from += lanes)
    for (size_t lane = 0; lane < lanes; ++lane) look(values[from + lane], largest[lane]);
  for (size_t i = whole; i < values.size(); ++i) look(values[i], largest[i - whole]);
  return *std::max_element(largest, largest + lanes);
}

void recode(std::vector<uint32_t>& values, const std::vector<uint32_t>& codes) {
  for (uint32_t& code : values)
    if (code != missingCode) code = codes[code];
}

}  // namespace

void Scanner::keep(uint64_t column, uint8_t kind, const uint8_t* begin, const uint8_t* end) {
  const ScanTable& table = settings_->table;
  if (kept_.columns[column].storage == Storage::text) {
    if (kind == missingKind)
      rest_[column].codes.push_back(missingCode);
    else
      keepText(column, begin, end);
  } else if (kind == missingKind) {
    keepNumber(column, missing);
  } else if (kind == table.plainNumber || kind == table.markNumber || kind == table.markGroup) {
    keepNumber(column, numberInCell(begin, end, table.quote, table.decimalMark, scratch_));
  } else {
    // It is no column of numbers after all.
    kept_.columns[column].drop();
    rest_[column] = Piece();
  }
}

void Scanner::keepText(uint64_t column, const uint8_t* begin, const uint8_t* end) {
  const int quote = settings_->table.quote;
  std::string_view text(reinterpret_cast<const char*>(begin), static_cast<size_t>(end - begin));
  if (text.size() >= 2 && quote >= 0 && *begin == quote) {
    text = text.substr(1, text.size() - 2);
    const char doubled[] = {static_cast<char>(quote), static_cast<char>(quote), '\0'};
    if (text.find(doubled) != std::string_view::npos) {
      scratch_.clear();
      for (size_t i = 0; i < text.size(); ++i) {
        scratch_.push_back(text[i]);
        if (text[i] == doubled[0] && i + 1 < text.size() && text[i + 1] == doubled[0]) ++i;
      }
      text = scratch_;
    }
  }
  const size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos)
    text = std::string_view();
  else
    text = text.substr(from, text.find_last_not_of(" \t") - from + 1);
  const uint32_t code = kept_.columns[column].texts.codeOf(text);
  if (code != Dictionary::full) {
    rest_[column].codes.push_back(code);
    return;
  }
  kept_.columns[column].drop();
  rest_[column] = Piece();
}

void Scanner::closePiece() {
  const size_t rows = found_.rows - restStart_;
  if (rows == 0) return;
  for (size_t index = 0; index < rest_.size(); ++index) {
    Column& column = kept_.columns[index];
    Piece piece = std::move(rest_[index]);
    rest_[index] = Piece();
    if (column.storage == Storage::none) continue;
    splitAt(piece.numbers, rows, rest_[index].numbers);
    splitAt(piece.codes, rows, rest_[index].codes);
    column.largest = std::max(column.largest, largestOf(piece.numbers));
    column.pieces.push_back(std::move(piece));
  }
  kept_.starts.push_back(found_.rows);
  restStart_ = found_.rows;
}

void Scanner::makeRoom(uint64_t rowBytes) {
  const uint64_t rows = bytesAhead_ / std::max<uint64_t>(1, rowBytes);
  bytesAhead_ = 0;
  // Some rows are shorter.
  const size_t room = static_cast<size_t>(rows + rows / 16 + 1);
  for (size_t index = 0; index < rest_.size(); ++index) {
    if (kept_.columns[index].storage == Storage::number) rest_[index].numbers.reserve(room);
    if (kept_.columns[index].storage == Storage::text) rest_[index].codes.reserve(room);
  }
}

void Scanner::dropAll() {
  keeps_ = false;
  kept_ = Columns();
  std::vector<Piece>().swap(rest_);
  std::string().swap(partial_);
}

void Scanner::absorbColumns(Scanner& stretch, uint64_t rows) {
  if (!stretch.keeps_) dropAll();
  if (!keeps_) return;
  closePiece();
  stretch.settle();
  for (size_t index = 0; index < kept_.columns.size(); ++index) {
    Column& mine = kept_.columns[index];
    Column& theirs = stretch.kept_.columns[index];
    if (mine.storage == Storage::none || theirs.storage == Storage::none) {
      mine.drop();
      continue;
    }
    if (mine.storage == Storage::text) {
      std::vector<uint32_t> codes(theirs.texts.size());
      bool full = false;
      for (size_t code = 0; code < codes.size(); ++code) {
        codes[code] = mine.texts.codeOf(theirs.texts.at(code));
        full |= codes[code] == Dictionary::full;
      }
      if (full) {
        mine.drop();
        continue;
      }
      for (Piece& piece : theirs.pieces) recode(piece.codes, codes);
      recode(stretch.rest_[index].codes, codes);
    }
    mine.largest = std::max(mine.largest, theirs.largest);
    std::move(theirs.pieces.begin(), theirs.pieces.end(), std::back_inserter(mine.pieces));
  }
  for (size_t index = 1; index < stretch.kept_.starts.size(); ++index)
    kept_.starts.push_back(rows + stretch.kept_.starts[index]);
  partial_ = std::move(stretch.partial_);
  rest_ = std::move(stretch.rest_);
  for (size_t index = 0; index < rest_.size(); ++index)
    if (kept_.columns[index].storage == Storage::none) rest_[index] = Piece();
}

std::shared_ptr<Columns> Scanner::takeColumns() {
  if (!keeps_) return nullptr;
  return std::make_shared<Columns>(std::move(kept_));
}

}  // namespace lamina::tables
