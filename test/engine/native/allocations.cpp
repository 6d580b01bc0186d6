#include "allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LAMINA_THREAD_SANITIZER
#endif
#elif defined(__SANITIZE_THREAD__)
#define LAMINA_THREAD_SANITIZER
#endif

#if defined(LAMINA_THREAD_SANITIZER) || defined(_WIN32)

// The first has operators of its own, which cannot be replaced; on the second, `free` takes no aligned memory.
std::optional<Allocations> allocationsSoFar() { return std::nullopt; }

#else

namespace {

std::atomic<uint64_t> allocated{0};
std::atomic<uint64_t> allocatedBytes{0};
std::atomic<uint64_t> allocatedBufferBytes{0};

void* take(size_t bytes, size_t alignment) {
  ++allocated;
  allocatedBytes += bytes;
  // Whole alignments, as aligned_alloc wants it, and something even where nothing is asked for.
  const size_t size = bytes / alignment * alignment + (bytes % alignment > 0 || bytes == 0 ? alignment : 0);
  return std::aligned_alloc(alignment, size);
}

void* takeOrThrow(size_t bytes, size_t alignment) {
  void* const memory = take(bytes, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

std::optional<Allocations> allocationsSoFar() {
  return Allocations{allocated, allocatedBytes, allocatedBufferBytes};
}

// These replace those of the standard library in the whole program; its other forms call them.

void* operator new(size_t bytes) { return takeOrThrow(bytes, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(size_t bytes, std::align_val_t alignment) {
  return takeOrThrow(bytes, static_cast<size_t>(alignment));
}
void* operator new(size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  allocatedBufferBytes += bytes;
  return take(bytes, static_cast<size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

#endif
