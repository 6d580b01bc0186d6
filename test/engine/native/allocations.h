#pragma once

#include <cstdint>
#include <optional>

/** What the program has allocated with `new`, on all threads. */
struct Allocations {
  uint64_t count;
  uint64_t bytes;
  /** Those of arenas, which are aligned and may be refused. */
  uint64_t bufferBytes;
};

/** @returns none where allocations cannot be counted */
std::optional<Allocations> allocationsSoFar();
