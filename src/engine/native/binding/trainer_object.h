#pragma once

#include <napi.h>

#include <memory>

#include "../trainer.h"

namespace lamina::binding {

/** A trainer and whether someone computes with it; shared by the JavaScript object and the work under way. */
struct Session {
  explicit Session(const TrainerOptions& options) : trainer(options) {}
  Trainer trainer;
  /** Of the last run, whose memory the next one uses again. */
  Chunk chunk;
  /** Only ever touched on the JavaScript thread. */
  bool busy = false;
};

/**
 * The JavaScript class `Trainer` of the addon. Its methods are those of `Trainer` in src/engine/engine.ts, but for
 * plain arguments; src/engine/native-trainer.ts checks them with messages for people.
 */
class TrainerObject : public Napi::ObjectWrap<TrainerObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit TrainerObject(const Napi::CallbackInfo& info);
  ~TrainerObject() override;

 private:
  Napi::Value memoryBytes(const Napi::CallbackInfo& info);
  Napi::Value threads(const Napi::CallbackInfo& info);
  Napi::Value stepsPerEpoch(const Napi::CallbackInfo& info);
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value epoch(const Napi::CallbackInfo& info);
  Napi::Value run(const Napi::CallbackInfo& info);
  void interrupt(const Napi::CallbackInfo& info);
  void setLearningRate(const Napi::CallbackInfo& info);
  Napi::Value scheduledRate(const Napi::CallbackInfo& info);
  void setEpochs(const Napi::CallbackInfo& info);
  Napi::Value best(const Napi::CallbackInfo& info);
  Napi::Value weights(const Napi::CallbackInfo& info);
  void setWeights(const Napi::CallbackInfo& info);
  Napi::Value snapshot(const Napi::CallbackInfo& info);
  void restore(const Napi::CallbackInfo& info);
  Napi::Value beats(const Napi::CallbackInfo& info);
  Napi::Value evaluate(const Napi::CallbackInfo& info);
  Napi::Value predict(const Napi::CallbackInfo& info);
  Napi::Value trace(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  /** @throws Error `internal` after `dispose` */
  Session& session() const;
  /** @throws Error `busy` while work is under way, or `internal` after `dispose` */
  Session& idleSession() const;
  void release();

  std::shared_ptr<Session> session_;
};

}  // namespace lamina::binding
