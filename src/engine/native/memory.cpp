#include "memory.h"

#include <cstdio>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include "error.h"

namespace lamina {
namespace {

constexpr size_t alignmentFloats = bufferAlignment / sizeof(float);

[[noreturn]] void failTooLarge() {
  throw Error(ErrorCode::invalidDesign,
              "The network needs more memory than can be addressed. Use fewer units or a smaller batch.");
}

}  // namespace

size_t checkedMultiply(size_t a, size_t b) {
  if (b != 0 && a > std::numeric_limits<size_t>::max() / b) failTooLarge();
  return a * b;
}

size_t checkedAdd(size_t a, size_t b) {
  if (a > std::numeric_limits<size_t>::max() - b) failTooLarge();
  return a + b;
}

size_t Layout::add(size_t floats) {
  const size_t offset = floats_;
  const size_t padded = checkedAdd(floats, alignmentFloats - 1) / alignmentFloats * alignmentFloats;
  const size_t end = checkedAdd(offset, padded);
  checkedMultiply(end, sizeof(float));
  floats_ = end;
  return offset;
}

Arena::Arena(const Layout& layout) : bytes_(layout.bytes()) {
  if (bytes_ == 0) return;
  data_ = static_cast<float*>(::operator new(bytes_, std::align_val_t{bufferAlignment}, std::nothrow));
  if (data_ == nullptr) {
    throw Error(ErrorCode::outOfMemory, std::string("The system refused ") + describeBytes(bytes_).text +
                                              " of memory for the network. Use fewer units or a smaller batch, "
                                              "or close other programs.");
  }
  std::memset(data_, 0, bytes_);
}

Arena::Arena(Arena&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Arena& Arena::operator=(Arena&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Arena::~Arena() { ::operator delete(data_, std::align_val_t{bufferAlignment}); }

ByteText describeBytes(uint64_t bytes) {
  const double gigabytes = static_cast<double>(bytes) / 1e9;
  ByteText result{};
  if (gigabytes >= 1) {
    std::snprintf(result.text, sizeof result.text, "%.1f GB", gigabytes);
  } else {
    std::snprintf(result.text, sizeof result.text, "%.1f MB", gigabytes * 1e3);
  }
  return result;
}

}  // namespace lamina
