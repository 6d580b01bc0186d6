#include "threads.h"

#include <algorithm>
#include <system_error>

#include "denormals.h"

#if defined(LAMINA_X64) && defined(_MSC_VER)
#include <intrin.h>
#elif defined(LAMINA_X64)
#include <cpuid.h>
#endif

namespace lamina {
namespace {

constexpr uint64_t open = 1;
constexpr uint64_t oneWorker = 2;
constexpr int numberShift = 16;

/** Looks at a flag this often before giving the processor to others: some 20 µs, more than steps leave between work. */
constexpr int patience = 1000;

void relax() noexcept {
#if defined(LAMINA_X64)
  _mm_pause();
#elif defined(__aarch64__) && defined(__GNUC__)
  asm volatile("yield");
#endif
}

/** Logical processors that share a core. */
size_t threadsPerCore() noexcept {
#if defined(LAMINA_X64)
  // Leaf 0xb, level 0: the threads of a core.
#if defined(_MSC_VER)
  int leaf[4];
  __cpuid(leaf, 0);
  if (leaf[0] < 0xb) return 1;
  __cpuidex(leaf, 0xb, 0);
  const unsigned threads = static_cast<unsigned>(leaf[1]) & 0xffffU;
#else
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid_count(0xb, 0, &a, &b, &c, &d) == 0) return 1;
  const unsigned threads = b & 0xffffU;
#endif
  return std::max(1U, threads);
#else
  return 1;
#endif
}

}  // namespace

size_t physicalCores() noexcept {
  const size_t processors = std::max(1U, std::thread::hardware_concurrency());
  return std::max<size_t>(1, processors / threadsPerCore());
}

Threads::Threads(size_t count) : ranges_(count) {
  workers_.reserve(count - 1);
  try {
    for (size_t thread = 1; thread < count; ++thread) workers_.emplace_back([this, thread] { work(thread); });
  } catch (const std::system_error&) {
    // The system has no more threads to give: fewer compute the same numbers.
  }
}

Threads::~Threads() {
  ending_ = true;
  // Joined by all of them, so that none sleeps on; there is nothing in it.
  work_.store(((work_.load(std::memory_order_relaxed) >> numberShift) + 1) << numberShift | open,
              std::memory_order_seq_cst);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    wake_.notify_all();
  }
  for (std::thread& worker : workers_) worker.join();
}

void Threads::shareOut(size_t items, Call call, const void* context) noexcept {
  const size_t threads = count();
  for (size_t thread = 0; thread < threads; ++thread) {
    ranges_[thread].next.store(items * thread / threads, std::memory_order_relaxed);
    ranges_[thread].end = items * (thread + 1) / threads;
  }
  call_ = call;
  context_ = context;
  const uint64_t number = (work_.load(std::memory_order_relaxed) >> numberShift) + 1;
  // In one order with a worker's look at `work_` after it counted itself as asleep: one of the two sees the other.
  work_.store(number << numberShift | open, std::memory_order_seq_cst);
  if (asleep_.load(std::memory_order_seq_cst) > 0) {
    // The lock makes sure that whoever is about to sleep does so before it is woken.
    const std::lock_guard<std::mutex> lock(mutex_);
    wake_.notify_all();
  }
  takeItems(0);
  // All items are taken. Who has not joined by now need not; who has may still be at its last item.
  work_.fetch_and(~open, std::memory_order_acquire);
  for (int looks = 0; work_.load(std::memory_order_acquire) != number << numberShift; ++looks) {
    if (looks < patience) {
      relax();
    } else {
      std::this_thread::yield();
    }
  }
}

void Threads::takeItems(size_t thread) noexcept {
  const size_t threads = count();
  for (size_t turn = 0; turn < threads; ++turn) {
    Range& range = ranges_[(thread + turn) % threads];
    for (;;) {
      const size_t item = range.next.fetch_add(1, std::memory_order_relaxed);
      if (item >= range.end) break;
      call_(context_, item, thread);
    }
  }
}

void Threads::work(size_t thread) noexcept {
  const DenormalsAreZero denormals;
  for (uint64_t seen = 0;;) {
    seen = joinWork(seen);
    if (ending_) return;
    takeItems(thread);
    work_.fetch_sub(oneWorker, std::memory_order_release);
  }
}

uint64_t Threads::joinWork(uint64_t seen) noexcept {
  for (int looks = 0;; ++looks) {
    uint64_t now = work_.load(std::memory_order_acquire);
    const bool joinable = now >> numberShift != seen && (now & open) != 0;
    if (joinable && work_.compare_exchange_strong(now, now + oneWorker, std::memory_order_acquire)) {
      return now >> numberShift;
    }
    if (looks < patience) {
      relax();
      continue;
    }
    std::unique_lock<std::mutex> lock(mutex_);
    asleep_.fetch_add(1, std::memory_order_seq_cst);
    wake_.wait(lock, [&] {
      const uint64_t later = work_.load(std::memory_order_seq_cst);
      return later >> numberShift != seen && (later & open) != 0;
    });
    asleep_.fetch_sub(1, std::memory_order_relaxed);
    looks = 0;
  }
}

}  // namespace lamina
