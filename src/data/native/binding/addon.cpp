#include <napi.h>

#include "../../../native/end_with_parent.h"
#include "columns_object.h"
#include "scanner_object.h"

namespace lamina::tables {
namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  auto* const classes = new Classes();
  env.SetInstanceData(classes);
  exports.Set("version", LAMINA_VERSION);
  exports.Set("endWithParent", Napi::Function::New(env, endWithParent, "endWithParent"));
  exports.Set("Scanner", ScannerObject::define(env));
  classes->columns = Napi::Persistent(ColumnsObject::define(env));
  return exports;
}

}  // namespace
}  // namespace lamina::tables

// The macro wants a name without a namespace.
static Napi::Object initializeAddon(Napi::Env env, Napi::Object exports) {
  return lamina::tables::initialize(env, exports);
}
NODE_API_MODULE(lamina_tables, initializeAddon)
