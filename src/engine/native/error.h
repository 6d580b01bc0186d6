#pragma once

#include <stdexcept>
#include <string>

namespace lamina {

/** Codes of src/shared/errors.ts that this engine uses; the binding gives them to JavaScript by name. */
enum class ErrorCode { invalidArgument, invalidDesign, outOfMemory, busy, cancelled, internal };

constexpr const char* nameOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalidArgument: return "invalidArgument";
    case ErrorCode::invalidDesign: return "invalidDesign";
    case ErrorCode::outOfMemory: return "outOfMemory";
    case ErrorCode::busy: return "busy";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::internal: break;
  }
  return "internal";
}

/** The one exception of the engine: its message is written for a person. */
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace lamina
