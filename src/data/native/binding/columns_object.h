#pragma once

#include <napi.h>

#include <memory>

#include "../columns.h"

namespace lamina::tables {

/** What an instance of the addon keeps for itself. */
struct Classes {
  Napi::FunctionReference columns;
};

/** `AddonColumns` of src/data/native-addon.ts: columns of a table in memory. */
class ColumnsObject : public Napi::ObjectWrap<ColumnsObject> {
 public:
  static Napi::Function define(Napi::Env env);
  static Napi::Value create(Napi::Env env, std::shared_ptr<Columns> columns);
  explicit ColumnsObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value storage(const Napi::CallbackInfo& info);
  void read(const Napi::CallbackInfo& info);
  Napi::Value texts(const Napi::CallbackInfo& info);
  Napi::Value largest(const Napi::CallbackInfo& info);
  Napi::Value firstRow(const Napi::CallbackInfo& info);
  Napi::Value survey(const Napi::CallbackInfo& info);
  Napi::Value shape(const Napi::CallbackInfo& info);
  Napi::Value moments(const Napi::CallbackInfo& info);
  Napi::Value encode(const Napi::CallbackInfo& info);
  Napi::Value seemsRepeated(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  const Column& columnAt(const Napi::CallbackInfo& info) const;
  /** One that holds numbers. */
  const Column& numbersAt(const Napi::CallbackInfo& info) const;

  std::shared_ptr<Columns> columns_;
};

}  // namespace lamina::tables
