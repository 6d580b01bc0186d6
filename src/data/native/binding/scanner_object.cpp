#include "scanner_object.h"

#include <cstring>
#include <optional>
#include <string>

#include "columns_object.h"
#include "convert.h"
#include "task.h"

namespace lamina::tables {
namespace {

/** Room for the classes of bytes, and how many events there are, as in scan-table.ts. */
constexpr size_t classCount = 32;
constexpr size_t eventCount = 8;
constexpr uint64_t mostColumns = 1 << 20;

template <class T, class Array>
std::vector<T> copyOf(const Array& array) {
  return std::vector<T>(array.Data(), array.Data() + array.ElementLength());
}

ScanSettings readSettings(const Napi::Object& from) {
  const Napi::Env env = from.Env();
  ScanSettings settings;
  ScanTable& table = settings.table;
  table.classes = copyOf<uint8_t>(readArray<Napi::Uint8Array>(from.Get("classes"), napi_uint8_array, "classes"));
  table.next = copyOf<uint16_t>(readArray<Napi::Uint16Array>(from.Get("next"), napi_uint16_array, "next"));
  table.kinds = copyOf<uint8_t>(readArray<Napi::Uint8Array>(from.Get("kinds"), napi_uint8_array, "kinds"));
  const auto state = [&](const char* name) {
    const uint64_t value = readSize(from.Get(name), name);
    if (value % classCount != 0 || value > table.next.size()) refuse(env, std::string(name) + " is no state.");
    return static_cast<uint32_t>(value);
  };
  table.start = state("start");
  table.lead = state("lead");
  table.text = state("text");
  table.quoted = state("quoted");
  table.closed = state("closed");
  table.events = state("events");
  const size_t events = table.events;
  const bool sizesFit = table.classes.size() == 256 && table.next.size() == events && table.kinds.size() == events &&
                        3 * static_cast<size_t>(table.quoted) == events && 2 * table.quoted == table.closed &&
                        table.start < table.quoted && table.text < table.quoted;
  if (!sizesFit) refuse(env, "The table of states has the wrong size.");
  for (const uint8_t byteClass : table.classes)
    if (byteClass >= classCount) refuse(env, "A byte has no class.");
  for (const uint8_t kind : table.kinds)
    if (kind >= 32) refuse(env, "A state has no kind.");
  for (const uint16_t to : table.next)
    if (to >= events + eventCount || (to < events && to % classCount != 0)) refuse(env, "A state leads nowhere.");
  table.delimiter = static_cast<uint8_t>(readSize(from.Get("delimiter"), "delimiter"));
  const Napi::Value quote = from.Get("quote");
  table.quote = quote.IsNull() ? -1 : static_cast<int>(readSize(quote, "quote") & 0xff);
  settings.findSkips();
  const auto kind = [&](const char* name) { return static_cast<uint8_t>(readSize(from.Get(name), name) % classCount); };
  table.plainNumber = kind("plainNumber");
  table.markNumber = kind("markNumber");
  table.markGroup = kind("markGroup");
  table.decimalMark = readSize(from.Get("decimalMark"), "decimalMark") == ',' ? ',' : '.';
  const uint64_t expected = readSize(from.Get("expected"), "expected");
  if (expected == 0 || expected > mostColumns) refuse(env, "expected is no number of columns.");
  settings.expected = static_cast<uint32_t>(expected);
  settings.header = from.Get("header").ToBoolean();
  const Napi::Value storage = from.Get("storage");
  if (!storage.IsNull()) {
    const auto stored = readArray<Napi::Uint8Array>(storage, napi_uint8_array, "storage");
    if (stored.ElementLength() != expected) refuse(env, "storage has the wrong length.");
    for (size_t index = 0; index < expected; ++index) {
      if (stored[index] > 2) refuse(env, "storage holds an unknown kind.");
      settings.storage.push_back(static_cast<Storage>(stored[index]));
    }
  }
  return settings;
}

const char* nameOf(RowProblem problem) {
  switch (problem) {
    case RowProblem::textAfterQuote:
      return "textAfterQuote";
    case RowProblem::unclosedQuote:
      return "unclosedQuote";
    default:
      return "fieldCount";
  }
}

Napi::Object findingsObject(Napi::Env env, const Findings& found, uint64_t end) {
  Napi::Object object = Napi::Object::New(env);
  Napi::Array columns = Napi::Array::New(env, found.columns.size());
  for (size_t index = 0; index < found.columns.size(); ++index) {
    const ColumnScan& scan = found.columns[index];
    Napi::Object column = Napi::Object::New(env);
    column.Set("kinds", number(env, scan.kinds));
    column.Set("missing", number(env, scan.missing));
    column.Set("firstMissing", number(env, scan.firstMissing));
    columns.Set(static_cast<uint32_t>(index), column);
  }
  Napi::Array malformed = Napi::Array::New(env, found.malformed.size());
  for (size_t index = 0; index < found.malformed.size(); ++index) {
    const MalformedRow& row = found.malformed[index];
    Napi::Object described = Napi::Object::New(env);
    described.Set("line", number(env, row.line));
    described.Set("row", number(env, row.row));
    described.Set("problem", nameOf(row.problem));
    described.Set("fields", number(env, row.fields));
    described.Set("quoteLine", number(env, row.quoteLine));
    malformed.Set(static_cast<uint32_t>(index), described);
  }
  Napi::Float64Array landmarks = Napi::Float64Array::New(env, 2 * found.landmarks.size());
  for (size_t index = 0; index < found.landmarks.size(); ++index) {
    landmarks[2 * index] = static_cast<double>(found.landmarks[index].row);
    landmarks[2 * index + 1] = static_cast<double>(found.landmarks[index].byte);
  }
  Napi::Object lineEnds = Napi::Object::New(env);
  lineEnds.Set("lineFeed", number(env, found.lineFeeds));
  lineEnds.Set("both", number(env, found.both));
  lineEnds.Set("carriageReturn", number(env, found.carriageReturns));
  object.Set("rows", number(env, found.rows));
  object.Set("columns", columns);
  object.Set("malformed", malformed);
  object.Set("malformedCount", number(env, found.malformedCount));
  object.Set("blankLines", number(env, found.blankLines));
  object.Set("spacedBlankLines", found.spacedBlankLines);
  object.Set("firstByte", Napi::Number::New(env, static_cast<double>(found.firstByte)));
  object.Set("lineEnds", lineEnds);
  object.Set("quotedLineEnds", found.quotedLineEnds);
  object.Set("paddedQuotes", found.paddedQuotes);
  object.Set("longestRow", number(env, found.longestRow));
  object.Set("longestRowLine", number(env, found.longestRowLine));
  object.Set("landmarks", landmarks);
  object.Set("end", number(env, end));
  return object;
}

using Stretch = std::unique_ptr<Scanner>;

}  // namespace

Napi::Function ScannerObject::define(Napi::Env env) {
  return DefineClass(env, "Scanner",
                     {InstanceMethod<&ScannerObject::ahead>("ahead"), InstanceMethod<&ScannerObject::take>("take"),
                      InstanceMethod<&ScannerObject::rows>("rows"),
                      InstanceMethod<&ScannerObject::end>("end"),
                      InstanceMethod<&ScannerObject::dispose>("dispose")});
}

ScannerObject::ScannerObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ScannerObject>(info) {
  if (!info[0].IsObject()) refuse(info.Env(), "A scanner needs settings.");
  const Napi::Object from = info[0].As<Napi::Object>();
  settings_ = std::make_shared<const ScanSettings>(readSettings(from));
  scanner_ = std::make_unique<Scanner>(settings_, readSize(from.Get("byte"), "byte"),
                                       readSize(from.Get("line"), "line"), settings_->header);
}

Napi::Value ScannerObject::ahead(const Napi::CallbackInfo& info) {
  const auto chunk = readArray<Napi::Uint8Array>(info[0], napi_uint8_array, "The chunk");
  const uint64_t byte = readSize(info[1], "byte");
  const uint8_t* const bytes = chunk.Data();
  const size_t count = chunk.ElementLength();
  const auto scan = [settings = settings_, bytes, count, byte]() -> Stretch {
    const void* const lineEnd = count == 0 ? nullptr : std::memchr(bytes, '\n', count);
    if (lineEnd == nullptr) return nullptr;
    const size_t head = static_cast<size_t>(static_cast<const uint8_t*>(lineEnd) - bytes) + 1;
    Stretch stretch = std::make_unique<Scanner>(Scanner::stretch(settings, byte + head, count - head));
    stretch->push(bytes + head, count - head);
    stretch->settle();
    return stretch;
  };
  const auto convert = [](Napi::Env env, Stretch stretch) -> Napi::Value {
    if (stretch == nullptr) return env.Null();
    return Napi::External<Scanner>::New(env, stretch.release(), [](Napi::Env, Scanner* scanner) { delete scanner; });
  };
  return startTask(info.Env(), chunk, scan, convert);
}

void ScannerObject::take(const Napi::CallbackInfo& info) {
  if (scanner_ == nullptr) refuse(info.Env(), "The scan has ended.");
  const auto chunk = readArray<Napi::Uint8Array>(info[0], napi_uint8_array, "The chunk");
  const uint8_t* const bytes = chunk.Data();
  const size_t count = chunk.ElementLength();
  if (!info[1].IsExternal()) {
    scanner_->push(bytes, count);
    return;
  }
  Scanner* const stretch = info[1].As<Napi::External<Scanner>>().Data();
  const uint64_t begin = static_cast<uint64_t>(stretch->findings().firstByte);
  if (begin < scanner_->position() || begin > stretch->position() ||
      stretch->position() != scanner_->position() + count)
    refuse(info.Env(), "The stretch is of another chunk.");
  const size_t head = static_cast<size_t>(begin - scanner_->position());
  scanner_->push(bytes, head);
  // Where the guess was wrong that a row starts there, the rows are scanned once more, from where one does.
  if (scanner_->isBetweenRows())
    scanner_->absorb(std::move(*stretch));
  else
    scanner_->push(bytes + head, count - head);
}

Napi::Value ScannerObject::rows(const Napi::CallbackInfo& info) {
  return number(info.Env(), scanner_ == nullptr ? 0 : scanner_->findings().rows);
}

Napi::Value ScannerObject::end(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (scanner_ == nullptr) refuse(env, "The scan has ended.");
  scanner_->end();
  Napi::Object result = Napi::Object::New(env);
  result.Set("scan", findingsObject(env, scanner_->findings(), scanner_->position()));
  const std::shared_ptr<Columns> columns = scanner_->takeColumns();
  result.Set("columns", columns == nullptr ? env.Null() : ColumnsObject::create(env, columns));
  scanner_.reset();
  return result;
}

/** dispose(): gives back the memory of a scan that nobody wants to end. */
void ScannerObject::dispose(const Napi::CallbackInfo&) { scanner_.reset(); }

}  // namespace lamina::tables
