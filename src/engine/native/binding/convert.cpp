#include "convert.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "../error.h"

namespace lamina::binding {
namespace {

/** The whole numbers a float64 holds exactly, which is what sizes arrive as. */
constexpr double largestSize = 9007199254740991.0;

[[noreturn]] void fail(const std::string& message) { throw Error(ErrorCode::invalidArgument, message); }

std::string readString(const Napi::Value& value, const char* what) {
  if (!value.IsString()) fail(std::string(what) + ": expected a string.");
  return value.As<Napi::String>().Utf8Value();
}

bool readBoolean(const Napi::Value& value, const char* what) {
  if (!value.IsBoolean()) fail(std::string(what) + ": expected true or false.");
  return value.As<Napi::Boolean>().Value();
}

Napi::Object readObject(const Napi::Value& value, const char* what) {
  if (!value.IsObject()) fail(std::string(what) + ": expected an object.");
  return value.As<Napi::Object>();
}

Operation readOperation(const Napi::Object& source) {
  Operation operation;
  operation.input = readSize(source.Get("input"), "operation.input");
  operation.units = readSize(source.Get("units"), "operation.units");
  const std::string type = readString(source.Get("type"), "operation.type");
  if (type == "dense") {
    operation.type = Operation::Type::dense;
    operation.inputs = readSize(source.Get("inputs"), "operation.inputs");
    operation.initializer = initializerNamed(readString(source.Get("initializer"), "operation.initializer"));
  } else if (type == "activation") {
    operation.type = Operation::Type::activation;
    operation.inputs = operation.units;
    operation.function = activationNamed(readString(source.Get("function"), "operation.function"));
  } else {
    fail("The native engine knows no operation \"" + type + "\".");
  }
  return operation;
}

Network readNetwork(const Napi::Object& source) {
  Network network;
  network.inputs = readSize(source.Get("inputs"), "network.inputs");
  network.outputs = readSize(source.Get("outputs"), "network.outputs");
  network.loss = lossNamed(readString(source.Get("loss"), "network.loss"));
  const Napi::Value operations = source.Get("operations");
  if (!operations.IsArray()) fail("network.operations: expected an array.");
  const Napi::Array list = operations.As<Napi::Array>();
  for (uint32_t index = 0; index < list.Length(); ++index) {
    network.operations.push_back(readOperation(readObject(list.Get(index), "operation")));
  }
  return network;
}

OptimizerSettings readOptimizer(const Napi::Object& source) {
  // Each optimizer has its own numbers; those it lacks stay 0.
  const auto number = [&source](const char* name) {
    const Napi::Value value = source.Get(name);
    return value.IsUndefined() ? 0.0 : readNumber(value, name);
  };
  const Napi::Value nesterov = source.Get("nesterov");
  OptimizerSettings settings;
  settings.learningRate = number("learningRate");
  settings.l2 = number("l2");
  settings.momentum = number("momentum");
  settings.decay = number("decay");
  settings.weightDecay = number("weightDecay");
  settings.kind = optimizerNamed(readString(source.Get("type"), "optimizer.type"), settings.momentum,
                                 !nesterov.IsUndefined() && readBoolean(nesterov, "optimizer.nesterov"));
  return settings;
}

Napi::Float64Array copyNumbers(Napi::Env env, const std::vector<double>& numbers) {
  Napi::Float64Array array = Napi::Float64Array::New(env, numbers.size());
  std::copy(numbers.begin(), numbers.end(), array.Data());
  return array;
}

/** Six numbers an epoch instead of an object: short epochs come by the ten thousands a second. */
Napi::Float64Array epochNumbers(Napi::Env env, const std::vector<EpochResult>& epochs) {
  constexpr size_t fields = 6;
  const double none = std::numeric_limits<double>::quiet_NaN();
  Napi::Float64Array numbers = Napi::Float64Array::New(env, epochs.size() * fields);
  for (size_t index = 0; index < epochs.size(); ++index) {
    const EpochResult& result = epochs[index];
    const Evaluation validation = result.validation.value_or(Evaluation{none, none});
    const std::array<double, fields> row = {static_cast<double>(result.epoch), static_cast<double>(result.step),
                                            result.train.loss, result.train.metric,
                                            validation.loss, validation.metric};
    std::copy(row.begin(), row.end(), numbers.Data() + index * fields);
  }
  return numbers;
}

const char* nameOf(Quantity quantity) {
  switch (quantity) {
    case Quantity::loss: return "loss";
    case Quantity::gradient: return "gradient";
    case Quantity::weights: break;
  }
  return "weights";
}

}  // namespace

double readNumber(const Napi::Value& value, const char* what) {
  if (!value.IsNumber()) fail(std::string(what) + ": expected a number.");
  return value.As<Napi::Number>().DoubleValue();
}

size_t readSize(const Napi::Value& value, const char* what) {
  const double number = readNumber(value, what);
  if (!(number >= 0) || number > largestSize || std::floor(number) != number) {
    fail(std::string(what) + ": expected a whole number from 0, found " + std::to_string(number) + ".");
  }
  return static_cast<size_t>(number);
}

TrainerOptions readOptions(const Napi::Object& source) {
  TrainerOptions options;
  options.network = readNetwork(readObject(source.Get("network"), "network"));
  options.optimizer = readOptimizer(readObject(source.Get("optimizer"), "optimizer"));
  options.batchSize = readSize(source.Get("batchSize"), "batchSize");
  const size_t seed = readSize(source.Get("seed"), "seed");
  if (seed > UINT32_MAX) fail("seed: expected a whole number from 0 to 4294967295.");
  options.seed = static_cast<uint32_t>(seed);
  options.shuffle = readBoolean(source.Get("shuffle"), "shuffle");
  const Napi::Value clip = source.Get("gradientClipNorm");
  if (!clip.IsNull()) options.gradientClipNorm = readNumber(clip, "gradientClipNorm");
  options.metric = metricNamed(readString(source.Get("metric"), "metric"));
  options.trainCount = readSize(readObject(source.Get("train"), "train").Get("count"), "train.count");
  const Napi::Value validation = source.Get("validation");
  if (!validation.IsNull()) {
    options.validationCount = readSize(readObject(validation, "validation").Get("count"), "validation.count");
  }
  options.memoryLimit = readSize(source.Get("memoryLimit"), "memoryLimit");
  options.instructionSet = readString(source.Get("instructionSet"), "instructionSet");
  return options;
}

void readFloats(const Napi::Value& value, size_t count, const char* what, float* destination) {
  if (!value.IsTypedArray()) fail(std::string(what) + ": expected a Float32Array or a Float64Array.");
  const Napi::TypedArray array = value.As<Napi::TypedArray>();
  if (array.ElementLength() != count) {
    fail(std::string(what) + ": expected " + std::to_string(count) + " numbers, found " +
         std::to_string(array.ElementLength()) + ".");
  }
  // An empty array may have no memory at all.
  if (count == 0) return;
  if (array.TypedArrayType() == napi_float32_array) {
    std::copy_n(array.As<Napi::Float32Array>().Data(), count, destination);
  } else if (array.TypedArrayType() == napi_float64_array) {
    const double* const source = array.As<Napi::Float64Array>().Data();
    std::transform(source, source + count, destination, [](double number) { return static_cast<float>(number); });
  } else {
    fail(std::string(what) + ": expected a Float32Array or a Float64Array.");
  }
}

void fillSamples(const Napi::Value& value, const Plan& plan, const char* what, const Samples& samples) {
  const Napi::Object source = readObject(value, what);
  if (readSize(source.Get("count"), what) != samples.count()) fail(std::string(what) + ": the count changed.");
  readFloats(source.Get("features"), samples.count() * plan.inputs(), what, samples.features());
  readFloats(source.Get("targets"), samples.count() * plan.outputs(), what, samples.targets());
}

Samples readSamples(const Napi::Value& value, const Plan& plan, const char* what) {
  const size_t count = readSize(readObject(value, what).Get("count"), what);
  Samples samples(count, plan.inputs(), plan.outputs());
  fillSamples(value, plan, what, samples);
  return samples;
}

Napi::Float32Array copyFloats(Napi::Env env, const float* data, size_t count) {
  Napi::Float32Array array = Napi::Float32Array::New(env, count);
  if (count > 0) std::copy_n(data, count, array.Data());
  return array;
}

Napi::Object evaluationObject(Napi::Env env, const Evaluation& evaluation) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("loss", evaluation.loss);
  object.Set("metric", evaluation.metric);
  return object;
}

Napi::Object chunkObject(Napi::Env env, const Chunk& chunk) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("steps", static_cast<double>(chunk.steps));
  object.Set("loss", copyNumbers(env, chunk.loss));
  object.Set("gradientNorms", copyNumbers(env, chunk.gradientNorms));
  object.Set("updateRatios", copyNumbers(env, chunk.updateRatios));
  object.Set("epochs", epochNumbers(env, chunk.epochs));
  if (chunk.failure) {
    Napi::Object failure = Napi::Object::New(env);
    failure.Set("step", static_cast<double>(chunk.failure->step));
    failure.Set("quantity", nameOf(chunk.failure->quantity));
    const std::optional<size_t> layer = chunk.failure->layer;
    failure.Set("layer", layer ? Napi::Number::New(env, static_cast<double>(*layer)).As<Napi::Value>() : env.Null());
    object.Set("failure", failure);
  } else {
    object.Set("failure", env.Null());
  }
  object.Set("seconds", chunk.seconds);
  return object;
}

Napi::Object traceObject(Napi::Env env, const Trace& trace, const Trainer& trainer, size_t rows) {
  const std::vector<size_t>& units = trainer.plan().units();
  const std::vector<Layer>& layers = trainer.plan().layers();
  Napi::Array values = Napi::Array::New(env, units.size() - 1);
  Napi::Array valueGradients = Napi::Array::New(env, units.size() - 1);
  for (size_t value = 1; value < units.size(); ++value) {
    const uint32_t index = static_cast<uint32_t>(value - 1);
    values.Set(index, copyFloats(env, trace.pass.value(value), rows * units[value]));
    valueGradients.Set(index, copyFloats(env, trace.pass.gradient(value), rows * units[value]));
  }
  Napi::Array weightGradients = Napi::Array::New(env, layers.size());
  for (size_t l = 0; l < layers.size(); ++l) {
    weightGradients.Set(static_cast<uint32_t>(l), copyFloats(env, trainer.weightGradient(l), layers[l].weights));
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("loss", trace.loss);
  object.Set("values", values);
  object.Set("valueGradients", valueGradients);
  object.Set("weightGradients", weightGradients);
  return object;
}

Napi::Error errorObject(Napi::Env env, ErrorCode code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", lamina::nameOf(code));
  return error;
}

}  // namespace lamina::binding
