#pragma once

#include <napi.h>

#include <exception>
#include <new>
#include <utility>

namespace lamina::tables {

/**
 * One computation on a thread of libuv's pool, and the promise of its outcome.
 * @tparam Compute on the pool's thread: `Result()`; touches nothing of JavaScript
 * @tparam Convert back on the JavaScript thread: `Napi::Value(Napi::Env, Result)`
 */
template <class Compute, class Convert>
class Task : public Napi::AsyncWorker {
 public:
  using Result = decltype(std::declval<Compute>()());

  /** @param held stays alive meanwhile; the computation may use its memory */
  static Napi::Promise start(Napi::Env env, const Napi::Object& held, Compute compute, Convert convert) {
    // Owned by itself once queued: AsyncWorker deletes itself when it is done.
    Task* const task = new Task(env, held, std::move(compute), std::move(convert));
    const Napi::Promise promise = task->deferred_.Promise();
    task->Queue();
    return promise;
  }

 protected:
  void Execute() override {
    try {
      result_ = compute_();
    } catch (const std::bad_alloc&) {
      SetError("There is not enough memory left for the table.");
    } catch (const std::exception& error) {
      SetError(error.what());
    }
  }
  void OnOK() override {
    try {
      deferred_.Resolve(convert_(Env(), std::move(result_)));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    }
  }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Task(Napi::Env env, const Napi::Object& held, Compute compute, Convert convert)
      : Napi::AsyncWorker(env, "lamina"),
        deferred_(Napi::Promise::Deferred::New(env)),
        held_(Napi::Persistent(held)),
        compute_(std::move(compute)),
        convert_(std::move(convert)) {}

  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference held_;
  Compute compute_;
  Convert convert_;
  Result result_{};
};

template <class Compute, class Convert>
Napi::Promise startTask(Napi::Env env, const Napi::Object& held, Compute compute, Convert convert) {
  return Task<Compute, Convert>::start(env, held, std::move(compute), std::move(convert));
}

}  // namespace lamina::tables
