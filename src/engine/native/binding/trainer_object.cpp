#include "trainer_object.h"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "../error.h"
#include "convert.h"
#include "task.h"

namespace lamina::binding {
namespace {

/** Runs `work`, turning the engine's exceptions into JavaScript's. */
template <class Work>
auto translated(Napi::Env env, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    throw errorObject(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    throw errorObject(env, ErrorCode::outOfMemory, "There is not enough memory for this network.");
  }
}

}  // namespace

Napi::Function TrainerObject::define(Napi::Env env) {
  return DefineClass(env, "Trainer",
                     {
                         InstanceMethod<&TrainerObject::memoryBytes>("memoryBytes"),
                         InstanceMethod<&TrainerObject::threads>("threads"),
                         InstanceMethod<&TrainerObject::stepsPerEpoch>("stepsPerEpoch"),
                         InstanceMethod<&TrainerObject::step>("step"),
                         InstanceMethod<&TrainerObject::epoch>("epoch"),
                         InstanceMethod<&TrainerObject::run>("run"),
                         InstanceMethod<&TrainerObject::interrupt>("interrupt"),
                         InstanceMethod<&TrainerObject::setLearningRate>("setLearningRate"),
                         InstanceMethod<&TrainerObject::scheduledRate>("scheduledRate"),
                         InstanceMethod<&TrainerObject::setEpochs>("setEpochs"),
                         InstanceMethod<&TrainerObject::best>("best"),
                         InstanceMethod<&TrainerObject::weights>("weights"),
                         InstanceMethod<&TrainerObject::setWeights>("setWeights"),
                         InstanceMethod<&TrainerObject::snapshot>("snapshot"),
                         InstanceMethod<&TrainerObject::restore>("restore"),
                         InstanceMethod<&TrainerObject::beats>("beats"),
                         InstanceMethod<&TrainerObject::evaluate>("evaluate"),
                         InstanceMethod<&TrainerObject::predict>("predict"),
                         InstanceMethod<&TrainerObject::trace>("trace"),
                         InstanceMethod<&TrainerObject::dispose>("dispose"),
                     });
}

TrainerObject::TrainerObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<TrainerObject>(info) {
  translated(info.Env(), [&] {
    if (!info[0].IsObject()) throw Error(ErrorCode::invalidArgument, "A trainer needs an object of options.");
    const Napi::Object source = info[0].As<Napi::Object>();
    auto made = std::make_shared<Session>(readOptions(source));
    const Trainer& trainer = made->trainer;
    fillSamples(source.Get("train"), trainer.plan(), "train", trainer.train());
    if (trainer.validation().count() > 0) {
      fillSamples(source.Get("validation"), trainer.plan(), "validation", trainer.validation());
    }
    session_ = std::move(made);
  });
  // V8 sees a small object; this is how it learns what collecting it would free.
  Napi::MemoryManagement::AdjustExternalMemory(info.Env(), static_cast<int64_t>(session_->trainer.memoryBytes()));
}

TrainerObject::~TrainerObject() { release(); }

Session& TrainerObject::session() const {
  if (!session_) throw Error(ErrorCode::internal, "This trainer was disposed of and cannot be used any more.");
  return *session_;
}

Session& TrainerObject::idleSession() const {
  Session& current = session();
  if (current.busy) {
    throw Error(ErrorCode::busy, "The trainer is computing already: wait for it to finish or interrupt it.");
  }
  return current;
}

void TrainerObject::release() {
  if (!session_) return;
  session_->trainer.abandon();
  const int64_t bytes = static_cast<int64_t>(session_->trainer.memoryBytes());
  session_.reset();
  Napi::MemoryManagement::AdjustExternalMemory(Env(), -bytes);
}

Napi::Value TrainerObject::memoryBytes(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] {
    return Napi::Number::New(info.Env(), static_cast<double>(session().trainer.memoryBytes()));
  });
}

Napi::Value TrainerObject::threads(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] {
    return Napi::Number::New(info.Env(), static_cast<double>(session().trainer.threads()));
  });
}

Napi::Value TrainerObject::stepsPerEpoch(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] {
    return Napi::Number::New(info.Env(), static_cast<double>(session().trainer.stepsPerEpoch()));
  });
}

Napi::Value TrainerObject::step(const Napi::CallbackInfo& info) {
  return translated(info.Env(),
                    [&] { return Napi::Number::New(info.Env(), static_cast<double>(session().trainer.step())); });
}

Napi::Value TrainerObject::epoch(const Napi::CallbackInfo& info) {
  return translated(info.Env(),
                    [&] { return Napi::Number::New(info.Env(), static_cast<double>(session().trainer.epoch())); });
}

Napi::Value TrainerObject::run(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] {
    const size_t steps = readSize(info[0], "steps");
    const double milliseconds = readNumber(info[1], "milliseconds");
    idleSession().trainer.prepareRun();
    const std::shared_ptr<Session> session = session_;
    return startTask(
        info.Env(), session,
        [session, steps, milliseconds](Trainer& trainer) { trainer.run(steps, milliseconds, session->chunk); },
        [session](Napi::Env env) { return chunkObject(env, session->chunk); });
  });
}

void TrainerObject::interrupt(const Napi::CallbackInfo& info) {
  translated(info.Env(), [&] { session().trainer.interrupt(); });
}

void TrainerObject::setLearningRate(const Napi::CallbackInfo& info) {
  translated(info.Env(), [&] { session().trainer.setLearningRate(readNumber(info[0], "learningRate")); });
}

Napi::Value TrainerObject::scheduledRate(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] { return Napi::Number::New(info.Env(), session().trainer.scheduledRate()); });
}

void TrainerObject::setEpochs(const Napi::CallbackInfo& info) {
  translated(info.Env(), [&] { session().trainer.setEpochs(readSize(info[0], "epochs")); });
}

Napi::Value TrainerObject::best(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] {
    const Trainer& trainer = idleSession().trainer;
    if (trainer.bestEpoch() == 0) return info.Env().Null();
    Napi::Object best = Napi::Object::New(info.Env());
    best.Set("epoch", static_cast<double>(trainer.bestEpoch()));
    best.Set("weights", weightArrays(info.Env(), trainer.plan().layers(),
                                     [&trainer](size_t l) { return trainer.bestWeights(l); }));
    return static_cast<Napi::Value>(best);
  });
}

Napi::Value TrainerObject::weights(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] {
    const Trainer& trainer = idleSession().trainer;
    return weightArrays(info.Env(), trainer.plan().layers(), [&trainer](size_t l) { return trainer.weights(l); });
  });
}

void TrainerObject::setWeights(const Napi::CallbackInfo& info) {
  translated(info.Env(), [&] {
    Trainer& trainer = idleSession().trainer;
    const std::vector<Layer>& layers = trainer.plan().layers();
    checkWeightArrays(info[0], layers, "weights");
    fillWeightArrays(info[0], layers, "weights", [&trainer](size_t l) { return trainer.mutableWeights(l); });
    trainer.weightsChanged();
  });
}

Napi::Value TrainerObject::snapshot(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] {
    const Trainer& trainer = idleSession().trainer;
    const std::vector<Layer>& layers = trainer.plan().layers();
    Napi::Object snapshot = stateObject(info.Env(), trainer.state());
    snapshot.Set("weights", weightArrays(info.Env(), layers, [&trainer](size_t l) { return trainer.weights(l); }));
    Napi::Array moments = Napi::Array::New(info.Env(), trainer.stateArrays());
    for (size_t array = 0; array < trainer.stateArrays(); ++array) {
      const auto momentsOf = [&trainer, array](size_t l) { return trainer.optimizerState(l, array); };
      moments.Set(static_cast<uint32_t>(array), weightArrays(info.Env(), layers, momentsOf));
    }
    snapshot.Set("moments", moments);
    const bool hasBest = trainer.bestEpoch() > 0;
    snapshot.Set("bestWeights", hasBest ? weightArrays(info.Env(), layers,
                                                       [&trainer](size_t l) { return trainer.bestWeights(l); })
                                              .As<Napi::Value>()
                                        : info.Env().Null());
    return static_cast<Napi::Value>(snapshot);
  });
}

void TrainerObject::restore(const Napi::CallbackInfo& info) {
  translated(info.Env(), [&] {
    Trainer& trainer = idleSession().trainer;
    if (!info[0].IsObject()) throw Error(ErrorCode::invalidArgument, "state: expected an object.");
    const Napi::Object source = info[0].As<Napi::Object>();
    const TrainerState state = readState(source);
    trainer.checkState(state);
    const std::vector<Layer>& layers = trainer.plan().layers();
    const Napi::Value weights = source.Get("weights");
    const Napi::Value moments = source.Get("moments");
    const Napi::Value best = source.Get("bestWeights");
    const bool hasBest = trainer.stopsEarly() && state.earlyStopping.bestEpoch > 0;
    checkWeightArrays(weights, layers, "weights");
    if (!moments.IsArray() || moments.As<Napi::Array>().Length() != trainer.stateArrays()) {
      throw Error(ErrorCode::invalidArgument, "moments: expected the arrays this optimizer keeps.");
    }
    const Napi::Array momentLists = moments.As<Napi::Array>();
    for (uint32_t array = 0; array < momentLists.Length(); ++array) {
      checkWeightArrays(momentLists.Get(array), layers, "moments");
    }
    if (hasBest) checkWeightArrays(best, layers, "bestWeights");

    fillWeightArrays(weights, layers, "weights", [&trainer](size_t l) { return trainer.mutableWeights(l); });
    for (uint32_t array = 0; array < momentLists.Length(); ++array) {
      fillWeightArrays(momentLists.Get(array), layers, "moments",
                       [&trainer, array](size_t l) { return trainer.optimizerState(l, array); });
    }
    if (hasBest) {
      fillWeightArrays(best, layers, "bestWeights", [&trainer](size_t l) { return trainer.mutableBestWeights(l); });
    }
    trainer.restore(state);
  });
}

Napi::Value TrainerObject::beats(const Napi::CallbackInfo& info) {
  return translated(info.Env(),
                    [&] { return Napi::Number::New(info.Env(), static_cast<double>(session().trainer.beats())); });
}

Napi::Value TrainerObject::evaluate(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] {
    const auto samples = std::make_shared<Samples>(readSamples(info[0], idleSession().trainer.plan(), "samples"));
    if (samples->count() < 1) throw Error(ErrorCode::invalidArgument, "There are no samples to evaluate.");
    const auto evaluation = std::make_shared<Evaluation>();
    return startTask(
        info.Env(), session_,
        [samples, evaluation](Trainer& trainer) { *evaluation = trainer.evaluate(samples->view()); },
        [evaluation](Napi::Env env) { return evaluationObject(env, *evaluation); });
  });
}

Napi::Value TrainerObject::predict(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] {
    const Plan& plan = idleSession().trainer.plan();
    const size_t count = readSize(info[1], "count");
    const auto features = std::make_shared<std::vector<float>>(checkedMultiply(count, plan.inputs()));
    readFloats(info[0], features->size(), "features", features->data());
    const auto predictions = std::make_shared<std::vector<float>>(checkedMultiply(count, plan.outputs()));
    return startTask(
        info.Env(), session_,
        [features, predictions, count](Trainer& trainer) {
          trainer.predict(count, features->data(), predictions->data());
        },
        [predictions](Napi::Env env) { return copyFloats(env, predictions->data(), predictions->size()); });
  });
}

Napi::Value TrainerObject::trace(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] {
    Trainer& trainer = idleSession().trainer;
    const Samples samples = readSamples(info[0], trainer.plan(), "samples");
    if (samples.count() < 1) throw Error(ErrorCode::invalidArgument, "A trace needs at least one sample.");
    const Trace traced = trainer.trace(samples.view());
    return traceObject(info.Env(), traced, trainer, samples.count());
  });
}

void TrainerObject::dispose(const Napi::CallbackInfo&) { release(); }

}  // namespace lamina::binding
