#pragma once

#include <napi.h>

#include <memory>

#include "../scanner.h"

namespace lamina::tables {

/** `Scanner` of src/data/reading/native-scan.ts. */
class ScannerObject : public Napi::ObjectWrap<ScannerObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit ScannerObject(const Napi::CallbackInfo& info);

 private:
  /** ahead(chunk, byte): scans the rows that begin in a chunk on another thread; promises a stretch. */
  Napi::Value ahead(const Napi::CallbackInfo& info);
  /** take(chunk, stretch): goes on through the chunk that comes next. */
  void take(const Napi::CallbackInfo& info);
  Napi::Value rows(const Napi::CallbackInfo& info);
  Napi::Value end(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  std::shared_ptr<const ScanSettings> settings_;
  std::unique_ptr<Scanner> scanner_;
};

}  // namespace lamina::tables
