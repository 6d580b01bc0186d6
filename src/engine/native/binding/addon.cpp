#include <napi.h>

#include <string>

#include "../../../native/end_with_parent.h"
#include "../error.h"
#include "../kernels/choose.h"
#include "../threads.h"
#include "convert.h"
#include "trainer_object.h"

namespace lamina::binding {
namespace {

/** instructionSet(requested): the name of what would be used; throws where this machine lacks it. */
Napi::Value instructionSet(const Napi::CallbackInfo& info) {
  const std::string requested = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : std::string();
  try {
    return Napi::String::New(info.Env(), chooseKernels(requested).name);
  } catch (const Error& error) {
    throw errorObject(info.Env(), error.code(), error.what());
  }
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("version", LAMINA_VERSION);
  exports.Set("instructionSet", Napi::Function::New(env, instructionSet, "instructionSet"));
  exports.Set("cores", Napi::Number::New(env, static_cast<double>(physicalCores())));
  exports.Set("endWithParent", Napi::Function::New(env, endWithParent, "endWithParent"));
  exports.Set("Trainer", TrainerObject::define(env));
  return exports;
}

}  // namespace
}  // namespace lamina::binding

// The macro wants a name without a namespace.
static Napi::Object initializeAddon(Napi::Env env, Napi::Object exports) {
  return lamina::binding::initialize(env, exports);
}
NODE_API_MODULE(lamina_engine, initializeAddon)
