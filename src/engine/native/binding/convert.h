#pragma once

#include <napi.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "../error.h"
#include "../trainer.h"

/** JavaScript values to the engine's and back. What is checked here is what memory safety rests on. */
namespace lamina::binding {

/** @throws Error `invalidArgument` naming what does not fit */
TrainerOptions readOptions(const Napi::Object& options);

/** The numbers of a Float32Array or Float64Array, as float32. @throws Error `invalidArgument` unless `count` long */
void readFloats(const Napi::Value& value, size_t count, const char* what, float* destination);

/** A whole number from 0 to 2⁵³ − 1. @throws Error `invalidArgument` */
size_t readSize(const Napi::Value& value, const char* what);
double readNumber(const Napi::Value& value, const char* what);

/** { count, features, targets, weights where there are any } copied into samples of their own. */
Samples readSamples(const Napi::Value& value, const Plan& plan, const char* what);
/** The same into samples that exist already. @throws Error `invalidArgument` unless as many */
void fillSamples(const Napi::Value& value, const Plan& plan, const char* what, const Samples& samples);

Napi::Float32Array copyFloats(Napi::Env env, const float* data, size_t count);
/** One array for each dense layer: copies of as many numbers as it has weights. */
Napi::Array weightArrays(Napi::Env env, const std::vector<Layer>& layers,
                         const std::function<const float*(size_t)>& weightsOf);
/** @throws Error `invalidArgument` unless one array of numbers for each dense layer, as many as it has weights */
void checkWeightArrays(const Napi::Value& value, const std::vector<Layer>& layers, const char* what);
/** Copies arrays that were checked. */
void fillWeightArrays(const Napi::Value& value, const std::vector<Layer>& layers, const char* what,
                      const std::function<float*(size_t)>& destinationOf);
/** The fields of TrainerSnapshot in src/engine/engine.ts that are no arrays of weights, and back. */
Napi::Object stateObject(Napi::Env env, const TrainerState& state);
TrainerState readState(const Napi::Object& source);
Napi::Object chunkObject(Napi::Env env, const Chunk& chunk);
Napi::Object evaluationObject(Napi::Env env, const Evaluation& evaluation);
/** @param trainer whose gradients the trace left behind */
Napi::Object traceObject(Napi::Env env, const Trace& trace, const Trainer& trainer, size_t rows);

/** An Error with the engine's code in its property `code`. */
Napi::Error errorObject(Napi::Env env, ErrorCode code, const std::string& message);

}  // namespace lamina::binding
