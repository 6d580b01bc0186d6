#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "columns.h"
#include "scan_table.h"

namespace lamina::tables {

enum class RowProblem : uint8_t { none, fieldCount, textAfterQuote, unclosedQuote };

struct MalformedRow {
  uint64_t line;
  uint64_t row;
  RowProblem problem;
  uint64_t fields;
  uint64_t quoteLine;
};

struct Landmark {
  uint64_t row;
  uint64_t byte;
};

struct ColumnScan {
  uint32_t kinds = 0;
  uint64_t missing = 0;
  uint64_t firstMissing = 0;
};

/** What a scan has found; the fields of Scan in src/data/reading/scan.ts. */
struct Findings {
  std::vector<ColumnScan> columns;
  std::vector<MalformedRow> malformed;
  uint64_t malformedCount = 0;
  uint64_t rows = 0;
  uint64_t blankLines = 0;
  bool spacedBlankLines = false;
  int64_t firstByte = -1;
  uint64_t lineFeeds = 0;
  uint64_t both = 0;
  uint64_t carriageReturns = 0;
  bool quotedLineEnds = false;
  bool paddedQuotes = false;
  uint64_t longestRow = 0;
  uint64_t longestRowLine = 0;
  std::vector<Landmark> landmarks;
};

struct ScanSettings {
  ScanTable table;
  uint32_t expected = 0;
  bool header = false;
  /** What is kept of each column; empty when nothing is. */
  std::vector<Storage> storage;
  /** Whether only a delimiter (inside quotes: a quote) or a line end ends a text: up to one, nothing is looked at. */
  bool skipsText = false;
  bool skipsQuotedText = false;

  /** To be called once the table is there. */
  void findSkips();
};

/**
 * The same scan as TableScanner in src/data/reading/scan.ts, which says what it means, and the values of the cells beside
 * it. A file can also be scanned in stretches that start at rows, side by side, and be put together again.
 */
class Scanner {
 public:
  Scanner(std::shared_ptr<const ScanSettings> settings, uint64_t byte, uint64_t line, bool header);

  /**
   * A scanner of rows further down in the file, to be absorbed by the one that comes there.
   * @param count how many bytes it is going to be given
   */
  static Scanner stretch(std::shared_ptr<const ScanSettings> settings, uint64_t byte, size_t count);

  void push(const uint8_t* bytes, size_t count);
  /**
   * Take over what another scanner has found in what follows.
   * @param stretch began here, and this `isBetweenRows`
   */
  void absorb(Scanner&& stretch);
  /** No more bytes follow. */
  void end();
  /** Put away the rows so far, so that whoever absorbs them has less to do. */
  void settle() {
    if (keeps_) closePiece();
  }

  /** A row starts here, and others have come before. */
  bool isBetweenRows() const;
  uint64_t position() const { return position_; }
  const Findings& findings() const { return found_; }
  /** The columns' values, once the scan has ended. Nothing is kept of a table with a malformed row. */
  std::shared_ptr<Columns> takeColumns();

 private:
  void endRow(uint32_t state, uint64_t column, uint64_t end, uint64_t following);
  void finishRow(uint32_t state, uint64_t column, uint64_t end);
  /** A cell of a data row that ends in a state. */
  void endCell(uint64_t column, uint32_t state, const uint8_t* begin, const uint8_t* end);
  void keep(uint64_t column, uint8_t kind, const uint8_t* begin, const uint8_t* end);
  void keepText(uint64_t column, const uint8_t* begin, const uint8_t* end);
  void keepNumber(uint64_t column, double value) { rest_[column].numbers.push_back(value); }
  void addKind(uint64_t column, uint8_t kind);
  /** Make room for the rows of what follows, which are as long as one of them. */
  void makeRoom(uint64_t rowBytes);
  void closePiece();
  void dropAll();
  /** @param rows before the stretch */
  void absorbColumns(Scanner& stretch, uint64_t rows);

  std::shared_ptr<const ScanSettings> settings_;
  Findings found_;
  uint64_t nextMarkRow_ = 0;
  uint64_t nextMarkByte_ = 0;
  bool headerPending_;
  // Where the scan stands.
  uint32_t state_;
  uint64_t column_ = 0;
  uint64_t line_;
  uint64_t quoteLine_ = 0;
  RowProblem problem_ = RowProblem::none;
  bool afterReturn_ = false;
  uint8_t previous_ = 0;
  uint64_t position_;
  uint64_t rowStart_;
  uint64_t rowLine_;
  /** The beginning of a cell that the last bytes ended in. */
  std::string partial_;
  std::string scratch_;
  // Where the cell ends whose row `endRow` ends.
  const uint8_t* cellBegin_ = nullptr;
  const uint8_t* cellEnd_ = nullptr;

  bool keeps_;
  /** What follows and nothing has made room for yet. */
  uint64_t bytesAhead_ = 0;
  Columns kept_;
  /** Rows since the last piece. */
  std::vector<Piece> rest_;
  uint64_t restStart_ = 0;
};

}  // namespace lamina::tables
