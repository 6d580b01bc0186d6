#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

/** JavaScript values to numbers and back. What is checked is what memory safety rests on. */
namespace lamina::tables {

[[noreturn]] inline void refuse(Napi::Env env, const std::string& what) { throw Napi::TypeError::New(env, what); }

inline uint64_t readSize(const Napi::Value& value, const char* what) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= 9007199254740991.0) || number != static_cast<double>(static_cast<uint64_t>(number)))
    refuse(value.Env(), std::string(what) + " is no whole number from 0.");
  return static_cast<uint64_t>(number);
}

inline double readNumber(const Napi::Value& value, const char* what) {
  if (!value.IsNumber()) refuse(value.Env(), std::string(what) + " is no number.");
  return value.As<Napi::Number>().DoubleValue();
}

template <class Array>
Array readArray(const Napi::Value& value, napi_typedarray_type type, const char* what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type)
    refuse(value.Env(), std::string(what) + " is not the array it should be.");
  return value.As<Array>();
}

inline Napi::Number number(Napi::Env env, uint64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

}  // namespace lamina::tables
