#include "columns_object.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "../encode.h"
#include "../profile.h"
#include "convert.h"
#include "task.h"

namespace lamina::tables {
namespace {

Napi::Object momentsObject(Napi::Env env, const Moments& moments) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("count", number(env, moments.count()));
  object.Set("min", moments.min());
  object.Set("max", moments.max());
  object.Set("mean", moments.mean());
  object.Set("standardDeviation", moments.standardDeviation());
  return object;
}

}  // namespace

Napi::Function ColumnsObject::define(Napi::Env env) {
  return DefineClass(
      env, "Columns",
      {InstanceMethod<&ColumnsObject::storage>("storage"), InstanceMethod<&ColumnsObject::read>("read"),
       InstanceMethod<&ColumnsObject::texts>("texts"), InstanceMethod<&ColumnsObject::largest>("largest"),
       InstanceMethod<&ColumnsObject::firstRow>("firstRow"), InstanceMethod<&ColumnsObject::survey>("survey"),
       InstanceMethod<&ColumnsObject::shape>("shape"), InstanceMethod<&ColumnsObject::moments>("moments"),
       InstanceMethod<&ColumnsObject::encode>("encode"),
       InstanceMethod<&ColumnsObject::seemsRepeated>("seemsRepeated"), InstanceMethod<&ColumnsObject::dispose>("dispose")});
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

const Column& ColumnsObject::numbersAt(const Napi::CallbackInfo& info) const {
  const Column& column = columnAt(info);
  if (column.storage != Storage::number) refuse(info.Env(), "The column holds no numbers.");
  return column;
}

/** largest(column): the largest |x|. */
Napi::Value ColumnsObject::largest(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), numbersAt(info).largest);
}

/** firstRow(column, value): the first row, from 0, that holds a number. */
Napi::Value ColumnsObject::firstRow(const Napi::CallbackInfo& info) {
  const Column& column = numbersAt(info);
  return number(info.Env(), firstRowOf(*columns_, column, readNumber(info[1], "value")));
}

/** survey(column, mostFew): a promise. */
Napi::Value ColumnsObject::survey(const Napi::CallbackInfo& info) {
  const Column* const column = &numbersAt(info);
  const size_t mostFew = readSize(info[1], "mostFew");
  const auto compute = [columns = columns_, column, mostFew] { return surveyNumbers(*columns, *column, mostFew); };
  const auto convert = [](Napi::Env env, const NumberSurvey& survey) -> Napi::Value {
    Napi::Object object = momentsObject(env, survey.moments);
    object.Set("integer", survey.integer);
    object.Set("countsRows", survey.countsRows);
    if (!survey.isFew) {
      object.Set("few", env.Null());
      return object;
    }
    Napi::Float64Array few = Napi::Float64Array::New(env, 2 * survey.few.size());
    for (size_t index = 0; index < survey.few.size(); ++index) {
      few[2 * index] = survey.few[index].first;
      few[2 * index + 1] = static_cast<double>(survey.few[index].second);
    }
    object.Set("few", few);
    return object;
  };
  return startTask(info.Env(), info.This().As<Napi::Object>(), compute, convert);
}

/** shape(column, { min, max, bins, farOut, countedDistinct }): a promise. */
Napi::Value ColumnsObject::shape(const Napi::CallbackInfo& info) {
  const Column* const column = &numbersAt(info);
  if (!info[1].IsObject()) refuse(info.Env(), "A shape needs settings.");
  const Napi::Object from = info[1].As<Napi::Object>();
  ShapeSettings settings{readNumber(from.Get("min"), "min"), readNumber(from.Get("max"), "max"),
                         readSize(from.Get("bins"), "bins"), readNumber(from.Get("farOut"), "farOut"),
                         readSize(from.Get("countedDistinct"), "countedDistinct")};
  if (settings.bins == 0 || !(settings.min <= settings.max)) refuse(info.Env(), "There is nothing to make bins of.");
  const auto compute = [columns = columns_, column, settings] { return shapeOf(*column, settings); };
  const auto convert = [](Napi::Env env, const NumberShape& shape) -> Napi::Value {
    Napi::Object object = Napi::Object::New(env);
    object.Set("median", shape.median);
    object.Set("distinct", shape.distinct);
    object.Set("distinctExact", shape.distinctExact);
    object.Set("farOut", number(env, shape.farOut));
    Napi::Array histogram = Napi::Array::New(env, shape.histogram.size());
    for (size_t bin = 0; bin < shape.histogram.size(); ++bin)
      histogram.Set(static_cast<uint32_t>(bin), number(env, shape.histogram[bin]));
    object.Set("histogram", histogram);
    return object;
  };
  return startTask(info.Env(), info.This().As<Napi::Object>(), compute, convert);
}

/** moments(column, parts, part, dropped): of the rows of a part; a promise. The parts must stay as they are until then. */
Napi::Value ColumnsObject::moments(const Napi::CallbackInfo& info) {
  const Column* const column = &numbersAt(info);
  const auto parts = readArray<Napi::Uint8Array>(info[1], napi_uint8_array, "parts");
  if (parts.ElementLength() != columns_->rows()) refuse(info.Env(), "There must be a part for each row.");
  const auto part = static_cast<uint8_t>(readSize(info[2], "part"));
  const auto dropped = static_cast<uint8_t>(readSize(info[3], "dropped"));
  const auto compute = [columns = columns_, column, data = parts.Data(), part, dropped] {
    return momentsOf(*column, data, part, dropped);
  };
  const auto convert = [](Napi::Env env, const PartMoments& found) -> Napi::Value {
    Napi::Object object = momentsObject(env, found.moments);
    object.Set("missing", number(env, found.missing));
    return object;
  };
  return startTask(info.Env(), parts, compute, convert);
}

/**
 * encode(scaled, from, places, count, into, width): a promise of the columns, as indices into `scaled`, with results that
 * are no finite numbers. `scaled` holds column, mean, scale, what stands in for a missing value and the position in a row
 * of the matrix, column after column. `places` and `into` must stay as they are until then.
 */
Napi::Value ColumnsObject::encode(const Napi::CallbackInfo& info) {
  constexpr size_t fields = 5;
  const Napi::Env env = info.Env();
  const auto scaled = readArray<Napi::Float64Array>(info[0], napi_float64_array, "scaled");
  const uint64_t from = readSize(info[1], "from");
  const auto places = readArray<Napi::Int32Array>(info[2], napi_int32_array, "places");
  const uint64_t count = readSize(info[3], "count");
  auto into = readArray<Napi::Float32Array>(info[4], napi_float32_array, "into");
  const uint64_t width = readSize(info[5], "width");
  if (columns_ == nullptr || count > places.ElementLength() || count > columns_->rows() ||
      from > columns_->rows() - count)
    refuse(env, "There are no such rows.");
  if (width == 0) refuse(env, "The matrix has no columns.");
  std::vector<ScaledColumn> chosen;
  for (size_t at = 0; at + fields <= scaled.ElementLength(); at += fields) {
    const double column = scaled[at];
    const double position = scaled[at + 4];
    if (!(column >= 0 && column < static_cast<double>(columns_->columns.size())) ||
        columns_->columns[static_cast<size_t>(column)].storage != Storage::number)
      refuse(env, "The column holds no numbers.");
    if (!(position >= 0 && position < static_cast<double>(width))) refuse(env, "The matrix has no such column.");
    chosen.push_back({&columns_->columns[static_cast<size_t>(column)], scaled[at + 1], scaled[at + 2], scaled[at + 3],
                      static_cast<size_t>(position)});
  }
  const Matrix matrix{into.Data(), into.ElementLength() / width, width};
  Napi::Array held = Napi::Array::New(env, 2);
  held.Set(0u, places);
  held.Set(1u, into);
  const auto compute = [columns = columns_, chosen, from, count, rows = places.Data(), matrix] {
    return encodeNumbers(*columns, chosen, from, count, rows, matrix);
  };
  const auto convert = [](Napi::Env environment, const std::vector<size_t>& unfit) -> Napi::Value {
    Napi::Array indices = Napi::Array::New(environment, unfit.size());
    for (size_t index = 0; index < unfit.size(); ++index)
      indices.Set(static_cast<uint32_t>(index), number(environment, unfit[index]));
    return indices;
  };
  return startTask(env, held, compute, convert);
}

/** seemsRepeated(columns): a promise. */
Napi::Value ColumnsObject::seemsRepeated(const Napi::CallbackInfo& info) {
  if (!info[0].IsArray() || columns_ == nullptr) refuse(info.Env(), "Columns are needed.");
  const Napi::Array indices = info[0].As<Napi::Array>();
  std::vector<const Column*> chosen;
  for (uint32_t index = 0; index < indices.Length(); ++index) {
    const uint64_t column = readSize(indices.Get(index), "column");
    if (column >= columns_->columns.size() || columns_->columns[column].storage == Storage::none)
      refuse(info.Env(), "There is no such column.");
    chosen.push_back(&columns_->columns[column]);
  }
  const auto compute = [columns = columns_, chosen] { return lamina::tables::seemsRepeated(*columns, chosen); };
  const auto convert = [](Napi::Env env, bool repeated) -> Napi::Value { return Napi::Boolean::New(env, repeated); };
  return startTask(info.Env(), info.This().As<Napi::Object>(), compute, convert);
}

/** dispose(): gives back the memory, at once or when what is under way has ended. */
void ColumnsObject::dispose(const Napi::CallbackInfo&) { columns_.reset(); }

}  // namespace lamina::tables
