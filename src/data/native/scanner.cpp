#include "scanner.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "numbers.h"

namespace lamina::tables {
namespace {

/** As in scan.ts. */
constexpr uint64_t landmarkRows = 1024;
constexpr uint64_t landmarkBytes = uint64_t{1} << 20;
constexpr size_t describedRows = 20;
/** Longer cells are kept nowhere when the end of a chunk cuts them. */
constexpr size_t longestPartial = size_t{1} << 16;
/** More digits may not fit 64 bits. */
constexpr ptrdiff_t mostFastDigits = 18;
/** More digits before the mark are a code. */
constexpr ptrdiff_t mostIntegerDigits = 15;

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

bool isDigit(uint8_t byte) { return static_cast<uint8_t>(byte - '0') < 10; }

/** A number written in the most usual way, found without the automaton. */
struct PlainNumber {
  const uint8_t* end;
  uint8_t kind;
  double value;
};

/**
 * [-]digits[mark digits], at most 18 digits, without a zero in front, and a delimiter behind: nearly all numbers of nearly
 * all files. Everything else is for the automaton.
 */
inline bool readPlainNumber(const ScanTable& table, const uint8_t* at, const uint8_t* last, PlainNumber& found) {
  const uint8_t* const begin = at;
  const bool negative = *at == '-';
  if (negative) ++at;
  const uint8_t* const first = at;
  uint64_t digits = 0;
  while (at < last && isDigit(*at)) digits = digits * 10 + static_cast<uint64_t>(*at++ - '0');
  const ptrdiff_t integerDigits = at - first;
  if (integerDigits == 0 || integerDigits > mostIntegerDigits) return false;
  const bool zero = *first == '0';
  if (zero && integerDigits > 1) return false;
  ptrdiff_t fractionDigits = 0;
  found.kind = table.plainNumber;
  if (at < last && *at == static_cast<uint8_t>(table.decimalMark) && *at != table.delimiter) {
    const uint8_t* const fraction = ++at;
    while (at < last && isDigit(*at)) digits = digits * 10 + static_cast<uint64_t>(*at++ - '0');
    fractionDigits = at - fraction;
    const bool mayBeGroup = !zero && integerDigits <= 3 && fractionDigits == 3;
    found.kind = mayBeGroup ? table.markGroup : table.markNumber;
  }
  if (at >= last || integerDigits + fractionDigits > mostFastDigits) return false;
  if (*at != table.delimiter) return false;
  found.end = at;
  if (digits <= largestExactInteger) {
    // Both operands are exact, so the quotient is the nearest float64 (Clinger, 1990).
    const double value = static_cast<double>(digits) / exactPowers[fractionDigits];
    found.value = negative ? -value : value;
  } else if (table.decimalMark == '.') {
    found.value = nearestDouble(reinterpret_cast<const char*>(begin), reinterpret_cast<const char*>(at));
  } else {
    return false;
  }
  return true;
}

/** Move what is behind `count` values, the first cells of a row that has not ended, and give back room to spare. */
template <class T>
void splitAt(std::vector<T>& values, size_t count, std::vector<T>& rest) {
  if (values.size() > count) {
    rest.assign(values.begin() + static_cast<ptrdiff_t>(count), values.end());
    values.resize(count);
  }
  if (values.capacity() > values.size() + values.size() / 8) values.shrink_to_fit();
}

void recode(std::vector<uint32_t>& values, const std::vector<uint32_t>& codes) {
  for (uint32_t& code : values)
    if (code != missingCode) code = codes[code];
}

}  // namespace

Scanner::Scanner(std::shared_ptr<const ScanSettings> settings, uint64_t byte, uint64_t line, bool header)
    : settings_(std::move(settings)),
      headerPending_(header),
      state_(settings_->table.start),
      line_(line),
      position_(byte),
      rowStart_(byte),
      rowLine_(line),
      keeps_(!settings_->storage.empty()) {
  found_.columns.resize(settings_->expected);
  if (!keeps_) return;
  kept_.columns.resize(settings_->expected);
  for (size_t index = 0; index < kept_.columns.size(); ++index)
    kept_.columns[index].storage = settings_->storage[index];
  rest_.resize(settings_->expected);
}

Scanner Scanner::stretch(std::shared_ptr<const ScanSettings> settings, uint64_t byte) {
  Scanner scanner(std::move(settings), byte, 1, false);
  // Rows have come before.
  scanner.found_.firstByte = static_cast<int64_t>(byte);
  return scanner;
}

void Scanner::push(const uint8_t* bytes, size_t count) {
  if (count == 0) return;
  const ScanTable& table = settings_->table;
  const uint8_t* const classes = table.classes.data();
  const uint16_t* const next = table.next.data();
  const uint32_t events = table.events;
  const uint32_t start = table.start;
  const uint64_t base = position_;
  const uint8_t* const last = bytes + count;
  const uint8_t* at = bytes;
  uint32_t state = state_;
  uint64_t column = column_;
  if (afterReturn_) {
    afterReturn_ = false;
    if (*at == '\n') {
      ++at;
      --found_.carriageReturns;
      ++found_.both;
      ++rowStart_;
    }
  }
  const uint8_t* cellBegin = at;
  bool atCellStart = state == start && partial_.empty() && (column > 0 ? previous_ == table.delimiter : true);
  while (at < last) {
    if (atCellStart) {
      atCellStart = false;
      cellBegin = at;
      PlainNumber number;
      if ((isDigit(*at) || *at == '-') && column < settings_->expected && !headerPending_ &&
          readPlainNumber(table, at, last, number)) {
        addKind(column, number.kind);
        if (keeps_) {
          const Storage storage = kept_.columns[column].storage;
          if (storage == Storage::number)
            keepNumber(column, number.value);
          else if (storage == Storage::text)
            keepText(column, at, number.end);
        }
        ++column;
        at = number.end + 1;
        atCellStart = true;
        continue;
      }
    }
    uint32_t to = 0;
    while (at < last) {
      to = next[state + classes[*at]];
      if (to >= events) break;
      state = to;
      ++at;
    }
    if (at == last) break;
    switch (to - events) {
      case event::cell:
        endCell(column, state, cellBegin, at);
        ++column;
        state = start;
        ++at;
        atCellStart = true;
        break;
      case event::lineFeed: {
        ++found_.lineFeeds;
        cellBegin_ = cellBegin;
        cellEnd_ = at;
        const uint64_t end = base + static_cast<uint64_t>(at - bytes);
        endRow(state, column, end, end + 1);
        state = start;
        column = 0;
        ++at;
        atCellStart = true;
        break;
      }
      case event::carriageReturn: {
        const bool pair = at + 1 < last && at[1] == '\n';
        if (pair)
          ++found_.both;
        else
          ++found_.carriageReturns;
        cellBegin_ = cellBegin;
        cellEnd_ = at;
        const uint64_t end = base + static_cast<uint64_t>(at - bytes);
        endRow(state, column, end, end + (pair ? 2 : 1));
        at += pair ? 2 : 1;
        if (!pair) afterReturn_ = at == last;
        state = start;
        column = 0;
        atCellStart = true;
        break;
      }
      case event::openingQuote:
        quoteLine_ = line_;
        if ((at > bytes ? at[-1] : previous_) == ' ') found_.paddedQuotes = true;
        state = table.quoted + start;
        ++at;
        break;
      case event::spaceAfterQuote:
        found_.paddedQuotes = true;
        ++at;
        break;
      case event::quotedLineFeed:
      case event::quotedCarriageReturn:
        // A return and a line feed after it are one line end.
        if (to - events == event::quotedCarriageReturn || (at > bytes ? at[-1] : previous_) != '\r') ++line_;
        found_.quotedLineEnds = true;
        state = table.quoted + table.text;
        ++at;
        break;
      default:
        problem_ = RowProblem::textAfterQuote;
        state = table.text;
        ++at;
    }
  }
  if (keeps_ && !atCellStart && column < settings_->expected && kept_.columns[column].storage != Storage::none) {
    if (partial_.size() + static_cast<size_t>(last - cellBegin) <= longestPartial) {
      partial_.append(reinterpret_cast<const char*>(cellBegin), static_cast<size_t>(last - cellBegin));
    } else {
      kept_.columns[column].drop();
      std::string().swap(partial_);
    }
  }
  state_ = state;
  column_ = column;
  position_ = base + count;
  previous_ = last[-1];
}

void Scanner::end() {
  const ScanTable& table = settings_->table;
  if (state_ >= table.quoted && state_ < table.closed) problem_ = RowProblem::unclosedQuote;
  if (position_ > rowStart_) {
    cellBegin_ = cellEnd_ = nullptr;
    endRow(state_, column_, position_, position_);
  }
  settle();
}

void Scanner::endRow(uint32_t state, uint64_t column, uint64_t end, uint64_t following) {
  const ScanTable& table = settings_->table;
  const bool empty = column == 0 && (state == table.start || state == table.lead);
  if (empty && (settings_->expected > 1 || found_.firstByte < 0)) {
    if (found_.firstByte >= 0) {
      ++found_.blankLines;
      if (end > rowStart_) found_.spacedBlankLines = true;
    }
    partial_.clear();
  } else {
    finishRow(state, column, end);
  }
  ++line_;
  rowStart_ = following;
  rowLine_ = line_;
  problem_ = RowProblem::none;
}

void Scanner::finishRow(uint32_t state, uint64_t column, uint64_t end) {
  if (found_.firstByte < 0) found_.firstByte = static_cast<int64_t>(rowStart_);
  if (end - rowStart_ > found_.longestRow) {
    found_.longestRow = end - rowStart_;
    found_.longestRowLine = rowLine_;
  }
  const uint64_t fields = column + 1;
  if (fields != settings_->expected || problem_ != RowProblem::none) {
    ++found_.malformedCount;
    if (found_.malformed.size() < describedRows) {
      const RowProblem problem = problem_ == RowProblem::none ? RowProblem::fieldCount : problem_;
      found_.malformed.push_back({rowLine_, headerPending_ ? 0 : found_.rows + 1, problem, fields, quoteLine_});
    }
    dropAll();
  }
  if (headerPending_) {
    // Names are not data.
    headerPending_ = false;
    partial_.clear();
    return;
  }
  endCell(column, state, cellBegin_, cellEnd_);
  if (found_.rows >= nextMarkRow_ || rowStart_ >= nextMarkByte_) {
    found_.landmarks.push_back({found_.rows, rowStart_});
    nextMarkRow_ = found_.rows + landmarkRows;
    nextMarkByte_ = rowStart_ + landmarkBytes;
  }
  ++found_.rows;
}

void Scanner::addKind(uint64_t column, uint8_t kind) {
  ColumnScan& scan = found_.columns[column];
  scan.kinds |= uint32_t{1} << kind;
  if (kind != missingKind) return;
  ++scan.missing;
  if (scan.firstMissing == 0) scan.firstMissing = found_.rows + 1;
}

void Scanner::endCell(uint64_t column, uint32_t state, const uint8_t* begin, const uint8_t* end) {
  if (headerPending_ || column >= settings_->expected) {
    partial_.clear();
    return;
  }
  const uint8_t kind = settings_->table.kinds[state];
  addKind(column, kind);
  if (!keeps_ || kept_.columns[column].storage == Storage::none) {
    partial_.clear();
  } else if (partial_.empty()) {
    keep(column, kind, begin, end);
  } else {
    if (begin != end) partial_.append(reinterpret_cast<const char*>(begin), static_cast<size_t>(end - begin));
    const std::string whole = std::move(partial_);
    partial_.clear();
    const auto* const bytes = reinterpret_cast<const uint8_t*>(whole.data());
    keep(column, kind, bytes, bytes + whole.size());
  }
}

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
    for (const double value : piece.numbers) column.largest = std::max(column.largest, std::abs(value));
    column.pieces.push_back(std::move(piece));
  }
  kept_.starts.push_back(found_.rows);
  restStart_ = found_.rows;
}

void Scanner::dropAll() {
  keeps_ = false;
  kept_ = Columns();
  std::vector<Piece>().swap(rest_);
  std::string().swap(partial_);
}

bool Scanner::isBetweenRows() const {
  return state_ == settings_->table.start && column_ == 0 && position_ == rowStart_ && !afterReturn_ &&
         !headerPending_ && found_.firstByte >= 0;
}

void Scanner::absorb(Scanner&& stretch) {
  const uint64_t lines = line_ - 1;
  const uint64_t rows = found_.rows;
  Findings& other = stretch.found_;
  for (size_t index = 0; index < found_.columns.size(); ++index) {
    ColumnScan& mine = found_.columns[index];
    const ColumnScan& theirs = other.columns[index];
    mine.kinds |= theirs.kinds;
    mine.missing += theirs.missing;
    if (mine.firstMissing == 0 && theirs.firstMissing > 0) mine.firstMissing = rows + theirs.firstMissing;
  }
  for (MalformedRow row : other.malformed) {
    if (found_.malformed.size() == describedRows) break;
    row.line += lines;
    row.row += rows;
    // A quote of the rows before has nothing to do with it.
    row.quoteLine = row.quoteLine == 0 ? quoteLine_ : row.quoteLine + lines;
    found_.malformed.push_back(row);
  }
  found_.malformedCount += other.malformedCount;
  found_.blankLines += other.blankLines;
  found_.spacedBlankLines |= other.spacedBlankLines;
  found_.lineFeeds += other.lineFeeds;
  found_.both += other.both;
  found_.carriageReturns += other.carriageReturns;
  found_.quotedLineEnds |= other.quotedLineEnds;
  found_.paddedQuotes |= other.paddedQuotes;
  if (other.longestRow > found_.longestRow) {
    found_.longestRow = other.longestRow;
    found_.longestRowLine = other.longestRowLine + lines;
  }
  for (const Landmark& mark : other.landmarks) found_.landmarks.push_back({mark.row + rows, mark.byte});
  if (!other.landmarks.empty()) {
    nextMarkRow_ = stretch.nextMarkRow_ + rows;
    nextMarkByte_ = stretch.nextMarkByte_;
  }

  if (!stretch.keeps_) {
    dropAll();
  } else if (keeps_) {
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

  found_.rows += other.rows;
  restStart_ = found_.rows;
  state_ = stretch.state_;
  column_ = stretch.column_;
  if (stretch.quoteLine_ > 0) quoteLine_ = stretch.quoteLine_ + lines;
  problem_ = stretch.problem_;
  afterReturn_ = stretch.afterReturn_;
  previous_ = stretch.previous_;
  position_ = stretch.position_;
  rowStart_ = stretch.rowStart_;
  line_ = stretch.line_ + lines;
  rowLine_ = stretch.rowLine_ + lines;
}

std::shared_ptr<Columns> Scanner::takeColumns() {
  if (!keeps_) return nullptr;
  return std::make_shared<Columns>(std::move(kept_));
}

}  // namespace lamina::tables
