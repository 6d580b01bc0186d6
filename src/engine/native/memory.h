#pragma once

#include <cstddef>
#include <cstdint>

namespace lamina {

/** What every buffer starts at: one cache line, and the widest vector register. */
constexpr size_t bufferAlignment = 64;

/** a · b and a + b. @throws Error `invalidDesign` where the result does not fit size_t */
size_t checkedMultiply(size_t a, size_t b);
size_t checkedAdd(size_t a, size_t b);

/** Where buffers will be inside one allocation: sizes are known before anything is allocated. */
class Layout {
 public:
  /** Reserves `floats` numbers. @returns their offset in floats, a multiple of the alignment */
  size_t add(size_t floats);
  size_t floats() const noexcept { return floats_; }
  size_t bytes() const noexcept { return floats_ * sizeof(float); }

 private:
  size_t floats_ = 0;
};

/** One aligned allocation of float32, zero at first. Moves, never copies. */
class Arena {
 public:
  Arena() noexcept = default;
  /** @throws Error `invalidDesign` when the system refuses the memory */
  explicit Arena(const Layout& layout);
  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  float* at(size_t offset) const noexcept { return data_ + offset; }
  size_t bytes() const noexcept { return bytes_; }

 private:
  float* data_ = nullptr;
  size_t bytes_ = 0;
};

/** "1.5 GB": for messages. */
struct ByteText {
  char text[32];
};
ByteText describeBytes(uint64_t bytes);

}  // namespace lamina
