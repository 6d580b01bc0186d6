#include <string>

#include "convert.h"

namespace lamina::binding {
namespace {

Napi::Object sumsObject(Napi::Env env, const SampleSums& sums) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("loss", sums.loss);
  object.Set("metric", sums.metric);
  return object;
}

Napi::Object readObject(const Napi::Object& source, const char* name) {
  const Napi::Value value = source.Get(name);
  if (!value.IsObject()) throw Error(ErrorCode::invalidArgument, std::string(name) + ": expected an object.");
  return value.As<Napi::Object>();
}

SampleSums readSums(const Napi::Object& source) {
  return {readNumber(source.Get("loss"), "loss"), readNumber(source.Get("metric"), "metric")};
}

Napi::Number count(Napi::Env env, uint64_t number) { return Napi::Number::New(env, static_cast<double>(number)); }

bool isFloats(const Napi::Value& value, size_t count) {
  if (!value.IsTypedArray()) return false;
  const Napi::TypedArray array = value.As<Napi::TypedArray>();
  const napi_typedarray_type type = array.TypedArrayType();
  return (type == napi_float32_array || type == napi_float64_array) && array.ElementLength() == count;
}

}  // namespace

void checkWeightArrays(const Napi::Value& value, const std::vector<Layer>& layers, const char* what) {
  if (!value.IsArray() || value.As<Napi::Array>().Length() != layers.size()) {
    throw Error(ErrorCode::invalidArgument, std::string(what) + ": expected one array for each dense layer.");
  }
  const Napi::Array arrays = value.As<Napi::Array>();
  for (uint32_t l = 0; l < arrays.Length(); ++l) {
    if (isFloats(arrays.Get(l), layers[l].weights)) continue;
    throw Error(ErrorCode::invalidArgument, std::string(what) + ": expected " + std::to_string(layers[l].weights) +
                                                " numbers for dense layer " + std::to_string(l) + ".");
  }
}

void fillWeightArrays(const Napi::Value& value, const std::vector<Layer>& layers, const char* what,
                      const std::function<float*(size_t)>& destinationOf) {
  const Napi::Array arrays = value.As<Napi::Array>();
  for (uint32_t l = 0; l < arrays.Length(); ++l) readFloats(arrays.Get(l), layers[l].weights, what, destinationOf(l));
}

Napi::Object stateObject(Napi::Env env, const TrainerState& state) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("step", count(env, state.step));
  object.Set("epoch", count(env, state.epoch));
  object.Set("learningRate", state.learningRate);
  object.Set("epochs", count(env, state.epochs));
  object.Set("usedRate", state.usedRate);
  object.Set("epochSums", sumsObject(env, state.epochSums));
  if (state.epochEnding) {
    Napi::Object validation = sumsObject(env, state.validationSums);
    validation.Set("samples", count(env, state.validated));
    object.Set("validation", validation);
  } else {
    object.Set("validation", env.Null());
  }
  Napi::Object plateau = Napi::Object::New(env);
  plateau.Set("best", state.plateau.best);
  plateau.Set("epochsWithout", count(env, state.plateau.worseEpochs));
  plateau.Set("plateaus", count(env, state.plateau.reductions));
  object.Set("plateau", plateau);
  Napi::Object earlyStopping = Napi::Object::New(env);
  earlyStopping.Set("best", state.earlyStopping.best);
  earlyStopping.Set("epochsWithout", count(env, state.earlyStopping.worseEpochs));
  earlyStopping.Set("bestEpoch", count(env, state.earlyStopping.bestEpoch));
  object.Set("earlyStopping", earlyStopping);
  Napi::Array squaredNorms = Napi::Array::New(env, state.squaredNorms.size());
  for (uint32_t l = 0; l < state.squaredNorms.size(); ++l) squaredNorms.Set(l, state.squaredNorms[l]);
  object.Set("squaredNorms", squaredNorms);
  return object;
}

TrainerState readState(const Napi::Object& source) {
  TrainerState state;
  state.step = readSize(source.Get("step"), "step");
  state.epoch = readSize(source.Get("epoch"), "epoch");
  state.learningRate = readNumber(source.Get("learningRate"), "learningRate");
  state.epochs = readSize(source.Get("epochs"), "epochs");
  state.usedRate = readNumber(source.Get("usedRate"), "usedRate");
  state.epochSums = readSums(readObject(source, "epochSums"));
  state.epochEnding = !source.Get("validation").IsNull();
  if (state.epochEnding) {
    const Napi::Object validation = readObject(source, "validation");
    state.validationSums = readSums(validation);
    state.validated = readSize(validation.Get("samples"), "validation.samples");
  }
  const Napi::Object plateau = readObject(source, "plateau");
  state.plateau.best = readNumber(plateau.Get("best"), "plateau.best");
  state.plateau.worseEpochs = readSize(plateau.Get("epochsWithout"), "plateau.epochsWithout");
  state.plateau.reductions = readSize(plateau.Get("plateaus"), "plateau.plateaus");
  const Napi::Object earlyStopping = readObject(source, "earlyStopping");
  state.earlyStopping.best = readNumber(earlyStopping.Get("best"), "earlyStopping.best");
  state.earlyStopping.worseEpochs = readSize(earlyStopping.Get("epochsWithout"), "earlyStopping.epochsWithout");
  state.earlyStopping.bestEpoch = readSize(earlyStopping.Get("bestEpoch"), "earlyStopping.bestEpoch");
  const Napi::Value squaredNorms = source.Get("squaredNorms");
  if (!squaredNorms.IsArray()) throw Error(ErrorCode::invalidArgument, "squaredNorms: expected an array.");
  const Napi::Array norms = squaredNorms.As<Napi::Array>();
  for (uint32_t l = 0; l < norms.Length(); ++l) state.squaredNorms.push_back(readNumber(norms.Get(l), "squaredNorms"));
  return state;
}

}  // namespace lamina::binding
