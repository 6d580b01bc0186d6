#include "scanner.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "plain_number.h"

namespace lamina::tables {
namespace {

/** As in scan.ts. */
constexpr uint64_t landmarkRows = 1024;
constexpr uint64_t landmarkBytes = uint64_t{1} << 20;
constexpr size_t describedRows = 20;
/** Longer cells are kept nowhere when the end of a chunk cuts them. */
constexpr size_t longestPartial = size_t{1} << 16;
constexpr uint32_t noState = UINT32_MAX;

/** Where a byte or a line end stands for the first time, or a little before that. */
inline const uint8_t* afterText(const uint8_t* at, const uint8_t* last, uint8_t end) {
#ifdef LAMINA_SSE2
  const auto is = [](__m128i bytes, uint8_t byte) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(byte))); };
  for (; last - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i ends = _mm_or_si128(is(bytes, end), _mm_or_si128(is(bytes, '\n'), is(bytes, '\r')));
    const auto found = static_cast<uint32_t>(_mm_movemask_epi8(ends));
    if (found != 0) return at + trailingZeros(found);
  }
#else
  static_cast<void>(last);
  static_cast<void>(end);
#endif
  return at;
}

/** Whether in a state every byte leads to the same state again, but for one and line ends. */
bool staysUntil(const ScanTable& table, uint32_t state, uint8_t end) {
  for (size_t byte = 0; byte < table.classes.size(); ++byte) {
    if (byte == end || byte == '\n' || byte == '\r') continue;
    if (table.next[state + table.classes[byte]] != state) return false;
  }
  return true;
}
}  // namespace

void ScanSettings::findSkips() {
  skipsText = staysUntil(table, table.text, table.delimiter);
  skipsQuotedText = table.quote >= 0 && staysUntil(table, table.quoted + table.text, static_cast<uint8_t>(table.quote));
}

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

Scanner Scanner::stretch(std::shared_ptr<const ScanSettings> settings, uint64_t byte, size_t count) {
  Scanner scanner(std::move(settings), byte, 1, false);
  scanner.bytesAhead_ = count;
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
  const uint32_t text = settings_->skipsText ? table.text : noState;
  const uint32_t quotedText = settings_->skipsQuotedText ? table.quoted + table.text : noState;
  const uint8_t* cellBegin = at;
  bool atCellStart = state == start && partial_.empty() && (column > 0 ? previous_ == table.delimiter : true);
  while (at < last) {
    if (atCellStart) {
      atCellStart = false;
      cellBegin = at;
      PlainNumber number;
      if ((isDigit(*at) || *at == '-') && column < settings_->expected && !headerPending_ &&
          readPlainNumber(table, at, last, number)) {
        found_.columns[column].kinds |= uint32_t{1} << number.kind;
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
      if (state == text)
        at = afterText(at, last, table.delimiter);
      else if (state == quotedText)
        at = afterText(at, last, static_cast<uint8_t>(table.quote));
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
  if (keeps_ && bytesAhead_ > 0) makeRoom(end - rowStart_ + 1);
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

  absorbColumns(stretch, rows);
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

}  // namespace lamina::tables
