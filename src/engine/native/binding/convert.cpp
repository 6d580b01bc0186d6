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
  } else if (type == "dropout") {
    operation.type = Operation::Type::dropout;
    operation.inputs = operation.units;
    operation.rate = readNumber(source.Get("rate"), "operation.rate");
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

/** Each optimizer and each schedule has its own numbers; `absent` stands for those it lacks. */
double readOwnNumber(const Napi::Object& source, const char* name, double absent) {
  const Napi::Value value = source.Get(name);
  return value.IsUndefined() ? absent : readNumber(value, name);
}

size_t readOwnSize(const Napi::Object& source, const char* name, size_t absent) {
  const Napi::Value value = source.Get(name);
  return value.IsUndefined() ? absent : readSize(value, name);
}

OptimizerSettings readOptimizer(const Napi::Object& source) {
  const Napi::Value nesterov = source.Get("nesterov");
  OptimizerSettings settings;
  settings.learningRate = readOwnNumber(source, "learningRate", 0);
  settings.l2 = readOwnNumber(source, "l2", 0);
  settings.momentum = readOwnNumber(source, "momentum", 0);
  settings.decay = readOwnNumber(source, "decay", 0);
  settings.weightDecay = readOwnNumber(source, "weightDecay", 0);
  settings.kind = optimizerNamed(readString(source.Get("type"), "optimizer.type"), settings.momentum,
                                 !nesterov.IsUndefined() && readBoolean(nesterov, "optimizer.nesterov"));
  return settings;
}

ScheduleSettings readSchedule(const Napi::Object& source) {
  ScheduleSettings settings;
  settings.type = scheduleNamed(readString(source.Get("type"), "schedule.type"));
  settings.warmupEpochs = readOwnNumber(source, "warmupEpochs", settings.warmupEpochs);
  settings.factor = readOwnNumber(source, "factor", settings.factor);
  settings.everyEpochs = readOwnSize(source, "everyEpochs", settings.everyEpochs);
  settings.endShare = readOwnNumber(source, "endShare", settings.endShare);
  settings.patience = readOwnSize(source, "patience", settings.patience);
  return settings;
}

EarlyStoppingSettings readEarlyStopping(const Napi::Object& source) {
  return {readSize(source.Get("patience"), "earlyStopping.patience"),
          readNumber(source.Get("minimumImprovement"), "earlyStopping.minimumImprovement")};
}

Napi::Float64Array copyNumbers(Napi::Env env, const std::vector<double>& numbers) {
  Napi::Float64Array array = Napi::Float64Array::New(env, numbers.size());
  std::copy(numbers.begin(), numbers.end(), array.Data());
  return array;
}

/** Seven numbers an epoch instead of an object: short epochs come by the ten thousands a second. */
Napi::Float64Array epochNumbers(Napi::Env env, const std::vector<EpochResult>& epochs) {
  constexpr size_t fields = 7;
  const double none = std::numeric_limits<double>::quiet_NaN();
  Napi::Float64Array numbers = Napi::Float64Array::New(env, epochs.size() * fields);
  for (size_t index = 0; index < epochs.size(); ++index) {
    const EpochResult& result = epochs[index];
    const Evaluation validation = result.validation.value_or(Evaluation{none, none});
    const std::array<double, fields> row = {static_cast<double>(result.epoch), static_cast<double>(result.step),
                                            result.train.loss, result.train.metric,
                                            validation.loss, validation.metric, result.learningRate};
    std::copy(row.begin(), row.end(), numbers.Data() + index * fields);
  }
  return numbers;
}

/** A value or gradient of a pass, one sample after the other. */
Napi::Float32Array copyPanels(Napi::Env env, const Pass& pass, const float* panels, size_t units, size_t samples) {
  Napi::Float32Array array = Napi::Float32Array::New(env, units * samples);
  pass.copySamples(panels, units, samples, array.Data());
  return array;
}

bool hasWeights(const Napi::Object& samples) { return !samples.Get("weights").IsUndefined(); }

const char* nameOf(Quantity quantity) {
  switch (quantity) {
    case Quantity::loss: return "loss";
    case Quantity::gradient: return "gradient";
    case Quantity::weights: return "weights";
    case Quantity::validationLoss: return "validationLoss";
    case Quantity::learningRate: break;
  }
  return "learningRate";
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
  options.epochs = readSize(source.Get("epochs"), "epochs");
  const Napi::Value schedule = source.Get("schedule");
  if (!schedule.IsNull()) options.schedule = readSchedule(readObject(schedule, "schedule"));
  const Napi::Value earlyStopping = source.Get("earlyStopping");
  if (!earlyStopping.IsNull()) {
    options.earlyStopping = readEarlyStopping(readObject(earlyStopping, "earlyStopping"));
  }
  const size_t seed = readSize(source.Get("seed"), "seed");
  if (seed > UINT32_MAX) fail("seed: expected a whole number from 0 to 4294967295.");
  options.seed = static_cast<uint32_t>(seed);
  options.shuffle = readBoolean(source.Get("shuffle"), "shuffle");
  const Napi::Value clip = source.Get("gradientClipNorm");
  if (!clip.IsNull()) options.gradientClipNorm = readNumber(clip, "gradientClipNorm");
  options.metric = metricNamed(readString(source.Get("metric"), "metric"));
  const Napi::Object train = readObject(source.Get("train"), "train");
  options.trainCount = readSize(train.Get("count"), "train.count");
  options.trainWeighted = hasWeights(train);
  if (!source.Get("validation").IsNull()) {
    const Napi::Object validation = readObject(source.Get("validation"), "validation");
    options.validationCount = readSize(validation.Get("count"), "validation.count");
    options.validationWeighted = hasWeights(validation);
  }
  options.memoryLimit = readSize(source.Get("memoryLimit"), "memoryLimit");
  options.sharesAlways = readBoolean(source.Get("sharesAlways"), "sharesAlways");
  options.instructionSet = readString(source.Get("instructionSet"), "instructionSet");
  options.threads = readSize(source.Get("threads"), "threads");
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
  if (samples.weights() != nullptr) readFloats(source.Get("weights"), samples.count(), what, samples.weights());
}

Samples readSamples(const Napi::Value& value, const Plan& plan, const char* what) {
  const Napi::Object source = readObject(value, what);
  Samples samples(readSize(source.Get("count"), what), plan.inputs(), plan.outputs(), hasWeights(source));
  fillSamples(value, plan, what, samples);
  return samples;
}

Napi::Float32Array copyFloats(Napi::Env env, const float* data, size_t count) {
  Napi::Float32Array array = Napi::Float32Array::New(env, count);
  if (count > 0) std::copy_n(data, count, array.Data());
  return array;
}

Napi::Array weightArrays(Napi::Env env, const std::vector<Layer>& layers,
                         const std::function<const float*(size_t)>& weightsOf) {
  Napi::Array arrays = Napi::Array::New(env, layers.size());
  for (size_t l = 0; l < layers.size(); ++l) {
    arrays.Set(static_cast<uint32_t>(l), copyFloats(env, weightsOf(l), layers[l].weights));
  }
  return arrays;
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
  object.Set("stoppedEarly", chunk.stoppedEarly);
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
    values.Set(index, copyPanels(env, trace.pass, trace.pass.value(value), units[value], rows));
    valueGradients.Set(index, copyPanels(env, trace.pass, trace.pass.gradient(value), units[value], rows));
  }
  const Napi::Array weightGradients =
      weightArrays(env, layers, [&trainer](size_t l) { return trainer.weightGradient(l); });
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
