/**
 * Scans a file by a table of states, in chunks of many sizes and in stretches put together again, and prints what was
 * found; then has every column looked at and encoded. Meant to be watched while it does: see test-native.mjs.
 *
 *   program <settings> <file>
 *
 * The settings are numbers with spaces between them: start, lead, text, quoted, closed, events, delimiter, quote (−1 for
 * none), plainNumber, markNumber, markGroup, decimalMark, header, columns, what is kept of each column, and the arrays
 * classes, next and kinds.
 */
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "../../../../src/data/native/encode.h"
#include "../../../../src/data/native/profile.h"
#include "../../../../src/data/native/scanner.h"

using namespace lamina::tables;

namespace {

template <class T>
T next(std::istream& from) {
  long long value = 0;
  if (!(from >> value)) throw std::runtime_error("The settings end too early.");
  return static_cast<T>(value);
}

ScanSettings settingsIn(std::istream& from) {
  ScanSettings settings;
  ScanTable& table = settings.table;
  for (uint32_t* const state : {&table.start, &table.lead, &table.text, &table.quoted, &table.closed, &table.events})
    *state = next<uint32_t>(from);
  table.delimiter = next<uint8_t>(from);
  table.quote = next<int>(from);
  for (uint8_t* const kind : {&table.plainNumber, &table.markNumber, &table.markGroup}) *kind = next<uint8_t>(from);
  table.decimalMark = next<char>(from);
  settings.header = next<int>(from) != 0;
  settings.expected = next<uint32_t>(from);
  for (uint32_t index = 0; index < settings.expected; ++index) settings.storage.push_back(next<Storage>(from));
  for (int byte = 0; byte < 256; ++byte) table.classes.push_back(next<uint8_t>(from));
  for (uint32_t state = 0; state < table.events; ++state) table.next.push_back(next<uint16_t>(from));
  for (uint32_t state = 0; state < table.events; ++state) table.kinds.push_back(next<uint8_t>(from));
  settings.findSkips();
  return settings;
}

/** As scanner_object.cpp does with every chunk. The chunk is a copy of its own, so that reading beyond it is noticed. */
void take(Scanner& scanner, const std::shared_ptr<const ScanSettings>& settings, const std::vector<uint8_t>& chunk) {
  size_t head = 0;
  while (head < chunk.size() && chunk[head] != '\n') ++head;
  if (head == chunk.size()) return scanner.push(chunk.data(), chunk.size());
  ++head;
  Scanner stretch = Scanner::stretch(settings, scanner.position() + head, chunk.size() - head);
  stretch.push(chunk.data() + head, chunk.size() - head);
  stretch.settle();
  scanner.push(chunk.data(), head);
  if (scanner.isBetweenRows())
    scanner.absorb(std::move(stretch));
  else
    scanner.push(chunk.data() + head, chunk.size() - head);
}

/** Everything that is found out about columns, for the sake of what it does on the way. */
void useAll(const Columns& columns) {
  const std::vector<uint8_t> parts(columns.rows());
  std::vector<const Column*> kept;
  std::vector<ScaledColumn> scaled;
  for (const Column& column : columns.columns) {
    if (column.storage == Storage::none) continue;
    kept.push_back(&column);
    if (column.storage != Storage::number) continue;
    const NumberSurvey survey = surveyNumbers(columns, column, 50);
    momentsOf(column, parts.data(), 0, 255);
    if (survey.moments.count() == 0) continue;
    shapeOf(column, {survey.moments.min(), survey.moments.max(), 20, 20, 10});
    scaled.push_back({&column, survey.moments.mean(), 2, 0, scaled.size()});
  }
  seemsRepeated(columns, kept);
  if (scaled.empty()) return;
  std::vector<int32_t> places;
  for (size_t row = 0; row < columns.rows(); ++row) places.push_back(row % 3 == 2 ? -1 : static_cast<int32_t>(row));
  std::vector<float> matrix(columns.rows() * scaled.size());
  encodeNumbers(columns, scaled, 0, columns.rows(), places.data(), {matrix.data(), columns.rows(), scaled.size()});
}

std::string scan(const std::shared_ptr<const ScanSettings>& settings, const std::string& text, size_t size) {
  Scanner scanner(settings, 0, 1, settings->header);
  for (size_t from = 0; from < text.size(); from += size) {
    const std::string part = text.substr(from, size);
    take(scanner, settings, std::vector<uint8_t>(part.begin(), part.end()));
  }
  scanner.end();
  const Findings& found = scanner.findings();
  std::ostringstream told;
  told << found.rows << ' ' << found.malformedCount << ' ' << found.blankLines << ' ' << found.longestRow;
  for (const ColumnScan& column : found.columns) told << ' ' << column.kinds << ':' << column.missing;
  const std::shared_ptr<Columns> columns = scanner.takeColumns();
  if (columns != nullptr) useAll(*columns);
  return told.str();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  std::ifstream numbers(arguments[1]);
  const auto settings = std::make_shared<const ScanSettings>(settingsIn(numbers));
  std::ifstream file(arguments[2], std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::string whole = scan(settings, text, std::max<size_t>(1, text.size()));
  for (const size_t size : {1, 2, 3, 7, 8, 9, 16, 61, 1000})
    if (scan(settings, text, size) != whole) {
      std::cerr << "Chunks of " << size << " bytes are scanned otherwise than the whole: " << scan(settings, text, size) << '\n';
      return 1;
    }
  std::cout << whole << '\n';
  return 0;
}
