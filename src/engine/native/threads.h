#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace lamina {

/** Threads that can compute at the same time without sharing a core's arithmetic units. */
size_t physicalCores() noexcept;

/**
 * The threads of one trainer, which share the rows of large products. They live as long as this does: between two
 * pieces of work they look out for the next one for a moment and then sleep. With one thread there is nothing but the
 * caller, and work is a plain loop. Not for several callers at once.
 */
class Threads {
 public:
  /** @param count with the calling thread, from 1; fewer where the system refuses more */
  explicit Threads(size_t count);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  size_t count() const noexcept { return workers_.size() + 1; }

  /**
   * Calls `body(item, thread)` for every item from 0 to before `items`, `thread` being the number of the thread that
   * does, and returns when all are done. Each thread begins with a range of its own, the same one in every call with as
   * many items, so that it finds what it left in its cache; done with that it helps the others. A thread that the
   * system keeps from running is therefore not waited for. The body must not throw.
   */
  template <class Body>
  void forEach(size_t items, const Body& body) noexcept {
    if (workers_.empty()) {
      for (size_t item = 0; item < items; ++item) body(item, size_t{0});
    } else {
      const auto call = [](const void* context, size_t item, size_t thread) {
        (*static_cast<const Body*>(context))(item, thread);
      };
      shareOut(items, call, &body);
    }
  }

 private:
  using Call = void (*)(const void* context, size_t item, size_t thread);

  void shareOut(size_t items, Call call, const void* context) noexcept;
  void takeItems(size_t thread) noexcept;
  void work(size_t thread) noexcept;
  /** Waits until there is other work than `seen` and joins it. @returns its number */
  uint64_t joinWork(uint64_t seen) noexcept;

  /** Items of one thread that nobody has taken yet; on a cache line of its own. */
  struct alignas(64) Range {
    std::atomic<size_t> next{0};
    size_t end = 0;
  };

  // Written by the caller while no work is open, read by those who joined it.
  std::vector<Range> ranges_;
  Call call_ = nullptr;
  const void* context_ = nullptr;
  bool ending_ = false;

  /**
   * Bit 0: whether the work may be joined. From bit 1: the workers that have joined and not left it. From bit 16: the
   * work's number.
   */
  alignas(64) std::atomic<uint64_t> work_{0};
  alignas(64) std::atomic<size_t> asleep_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> workers_;
};

}  // namespace lamina
