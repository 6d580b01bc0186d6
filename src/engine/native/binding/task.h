#pragma once

#include <napi.h>

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "../error.h"
#include "convert.h"
#include "trainer_object.h"

namespace lamina::binding {

/**
 * One computation with a trainer on a thread of libuv's pool, and the promise of its outcome. It keeps the session
 * alive, so the trainer may be disposed of, or its object collected, while this runs.
 * @tparam Compute on the pool's thread: `void(Trainer&)`; touches nothing of JavaScript
 * @tparam Convert back on the JavaScript thread: `Napi::Value(Napi::Env)`
 */
template <class Compute, class Convert>
class Task : public Napi::AsyncWorker {
 public:
  static Napi::Promise start(Napi::Env env, std::shared_ptr<Session> session, Compute compute, Convert convert) {
    // Owned by itself once queued: AsyncWorker deletes itself when it is done.
    Task* const task = new Task(env, std::move(session), std::move(compute), std::move(convert));
    const Napi::Promise promise = task->deferred_.Promise();
    task->session_->busy = true;
    task->Queue();
    return promise;
  }

 protected:
  void Execute() override {
    try {
      compute_(session_->trainer);
    } catch (const Error& error) {
      fail(error.code(), error.what());
    } catch (const std::bad_alloc&) {
      fail(ErrorCode::outOfMemory, "There is not enough memory left for the engine's results.");
    } catch (const std::exception& error) {
      fail(ErrorCode::internal, error.what());
    }
  }

  void OnOK() override {
    session_->busy = false;
    try {
      deferred_.Resolve(convert_(Env()));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    }
  }

  void OnError(const Napi::Error& error) override {
    session_->busy = false;
    deferred_.Reject(errorObject(Env(), code_, error.Message()).Value());
  }

 private:
  Task(Napi::Env env, std::shared_ptr<Session> session, Compute compute, Convert convert)
      : Napi::AsyncWorker(env, "lamina"),
        deferred_(Napi::Promise::Deferred::New(env)),
        session_(std::move(session)),
        compute_(std::move(compute)),
        convert_(std::move(convert)) {}

  void fail(ErrorCode code, const char* message) {
    code_ = code;
    SetError(message);
  }

  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Session> session_;
  Compute compute_;
  Convert convert_;
  ErrorCode code_ = ErrorCode::internal;
};

template <class Compute, class Convert>
Napi::Promise startTask(Napi::Env env, std::shared_ptr<Session> session, Compute compute, Convert convert) {
  return Task<Compute, Convert>::start(env, std::move(session), std::move(compute), std::move(convert));
}

}  // namespace lamina::binding
