#include "columns_object.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "convert.h"

namespace lamina::tables {

Napi::Function ColumnsObject::define(Napi::Env env) {
  return DefineClass(
      env, "Columns",
      {InstanceMethod<&ColumnsObject::storage>("storage"), InstanceMethod<&ColumnsObject::read>("read"),
       InstanceMethod<&ColumnsObject::texts>("texts"), InstanceMethod<&ColumnsObject::dispose>("dispose")});
}

Napi::Value ColumnsObject::create(Napi::Env env, std::shared_ptr<Columns> columns) {
  const auto held = Napi::External<std::shared_ptr<Columns>>::New(env, &columns);
  return env.GetInstanceData<Classes>()->columns.New({held});
}

ColumnsObject::ColumnsObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ColumnsObject>(info) {
  if (!info[0].IsExternal()) refuse(info.Env(), "Columns come from a scan.");
  columns_ = *info[0].As<Napi::External<std::shared_ptr<Columns>>>().Data();
}

const Column& ColumnsObject::columnAt(const Napi::CallbackInfo& info) const {
  const uint64_t index = readSize(info[0], "column");
  if (columns_ == nullptr || index >= columns_->columns.size()) refuse(info.Env(), "There is no such column.");
  return columns_->columns[index];
}

/** storage(column): 'number', 'text', or null where the column was not kept. */
Napi::Value ColumnsObject::storage(const Napi::CallbackInfo& info) {
  switch (columnAt(info).storage) {
    case Storage::number:
      return Napi::String::New(info.Env(), "number");
    case Storage::text:
      return Napi::String::New(info.Env(), "text");
    default:
      return info.Env().Null();
  }
}

/** read(column, from, into, count): numbers, or codes as numbers; NaN for a missing value. */
void ColumnsObject::read(const Napi::CallbackInfo& info) {
  const Column& column = columnAt(info);
  const uint64_t from = readSize(info[1], "from");
  auto into = readArray<Napi::Float64Array>(info[2], napi_float64_array, "into");
  const uint64_t count = readSize(info[3], "count");
  if (column.storage == Storage::none || count > into.ElementLength() || from + count > columns_->rows())
    refuse(info.Env(), "There are no such rows.");
  double* to = into.Data();
  const std::vector<size_t>& starts = columns_->starts;
  size_t piece = static_cast<size_t>(std::upper_bound(starts.begin(), starts.end(), from) - starts.begin()) - 1;
  for (size_t row = from; row < from + count; ++piece) {
    const size_t end = std::min<size_t>(starts[piece + 1], from + count);
    const size_t first = row - starts[piece];
    const size_t length = end - row;
    if (column.storage == Storage::number) {
      const double* const values = column.pieces[piece].numbers.data() + first;
      std::copy(values, values + length, to);
    } else {
      const uint32_t* const codes = column.pieces[piece].codes.data() + first;
      std::transform(codes, codes + length, to, [](uint32_t code) {
        return code == missingCode ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(code);
      });
    }
    to += length;
    row = end;
  }
}

/** texts(column): those of a text column by code, and how many rows have each. */
Napi::Value ColumnsObject::texts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Column& column = columnAt(info);
  if (column.storage != Storage::text) refuse(env, "The column holds no texts.");
  const size_t count = column.texts.size();
  std::vector<uint64_t> rows(count);
  for (const Piece& piece : column.pieces)
    for (const uint32_t code : piece.codes)
      if (code != missingCode) ++rows[code];
  Napi::Array values = Napi::Array::New(env, count);
  Napi::Float64Array counts = Napi::Float64Array::New(env, count);
  for (size_t code = 0; code < count; ++code) {
    const std::string_view text = column.texts.at(code);
    values.Set(static_cast<uint32_t>(code), Napi::String::New(env, text.data(), text.size()));
    counts[code] = static_cast<double>(rows[code]);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("values", values);
  object.Set("counts", counts);
  return object;
}

/** dispose(): gives back the memory at once. */
void ColumnsObject::dispose(const Napi::CallbackInfo&) { columns_.reset(); }

}  // namespace lamina::tables
