/** Work shared by threads. Its items write plain numbers, so that a thread sanitizer sees what is not in order. */
#include "../../../src/engine/native/threads.h"

#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include "../../../src/engine/native/trainer.h"
#include "check.h"
#include "small_network.h"

using namespace lamina;

namespace {

constexpr size_t counts[] = {1, 2, 3, 7};
/** Other threads get the processor so often that those without work have gone to sleep, most likely. */
constexpr int longEnoughToSleep = 3000;
/** To wait for a thread that was woken. */
constexpr int tooLong = 20'000'000;

void letThemSleep() {
  for (int i = 0; i < longEnoughToSleep; ++i) std::this_thread::yield();
}

void testEveryItemOnce(size_t count) {
  Threads threads(count);
  CHECK(threads.count() == count);
  for (const size_t items : {0, 1, 2, 3, 5, 6, 7, 8, 100, 1000}) {
    std::vector<size_t> done(items, 0);
    // As products have their scratch: a thread's own.
    std::vector<size_t> byThread(count, 0);
    threads.forEach(items, [&](size_t item, size_t thread) {
      ++done[item];
      ++byThread[thread];
    });
    for (const size_t times : done) CHECK(times == 1);
    CHECK(std::accumulate(byThread.begin(), byThread.end(), size_t{0}) == items);
  }
}

/** Each piece of work reads what other threads made in the one before. */
void testShortPieces(size_t count) {
  Threads threads(count);
  constexpr size_t pieces = 500;
  for (const size_t items : {size_t{1}, count, count + 1, 4 * count + 3}) {
    std::vector<size_t> now(items, 0);
    std::vector<size_t> next(items);
    for (size_t piece = 0; piece < pieces; ++piece) {
      threads.forEach(items, [&](size_t item, size_t) { next[item] = now[(item + piece) % items] + 1; });
      now.swap(next);
    }
    for (const size_t x : now) CHECK(x == pieces);
  }
}

/** Each item waits for all others to be begun, so that every thread must be woken and take one. */
void testSleepers(size_t count) {
  Threads threads(count);
  for (int i = 0; i < 20; ++i) {
    letThemSleep();
    std::atomic<size_t> begun{0};
    threads.forEach(count, [&](size_t, size_t) {
      ++begun;
      for (int looks = 0; begun < count; ++looks) {
        CHECK(looks < tooLong);
        std::this_thread::yield();
      }
    });
    CHECK(begun == count);
  }
}

/** At work's end, asleep, or before they have begun. */
void testDestruction(size_t count) {
  for (int i = 0; i < 20; ++i) {
    const Threads unused(count);
    Threads used(count);
    size_t done = 0;
    used.forEach(1, [&done](size_t, size_t) { ++done; });
    CHECK(done == 1);
    const Threads asleep(count);
    if (i % 4 == 0) letThemSleep();
  }
}

/** Every number that comes out is the same for every number of threads. */
void testTrainers(const TrainerOptions& options, size_t steps) {
  TrainerOptions single = options;
  single.threads = 1;
  single.sharesAlways = false;
  Trainer expected(single);
  fillBoth(expected);
  const Chunk expectedChunk = expected.run(steps, 1e9);
  const Evaluation expectedEvaluation = expected.evaluate(expected.validation().view());
  CHECK(expectedChunk.steps == steps);
  for (const size_t count : {1, 2, 4}) {
    TrainerOptions shared = options;
    shared.threads = count;
    Trainer trainer(shared);
    CHECK(trainer.threads() == count);
    fillBoth(trainer);
    const Chunk chunk = trainer.run(steps, 1e9);
    CHECK(chunk.loss == expectedChunk.loss);
    CHECK(chunk.gradientNorms == expectedChunk.gradientNorms);
    CHECK(chunk.updateRatios == expectedChunk.updateRatios);
    CHECK(chunk.epochs.back().validation->loss == expectedChunk.epochs.back().validation->loss);
    CHECK(sameWeights(trainer, expected));
    const Evaluation evaluation = trainer.evaluate(trainer.validation().view());
    CHECK(evaluation.loss == expectedEvaluation.loss && evaluation.metric == expectedEvaluation.metric);
  }
}

}  // namespace

void testThreads() {
  for (const size_t count : counts) {
    testEveryItemOnce(count);
    testShortPieces(count);
    testSleepers(count);
    testDestruction(count);
  }
  CHECK(physicalCores() >= 1);
  TrainerOptions options = sharedOptions();
  testTrainers(options, 30);
  // More samples than a weight gradient packs at a time.
  options.trainCount = 2200;
  options.batchSize = 1100;
  testTrainers(options, 4);
}
