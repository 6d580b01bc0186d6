#include "check.h"

/** The parts of the engine that JavaScript cannot reach one by one. See scripts/test-native.mjs. */
int main() {
  testRandom();
  testElementary();
  testKernels();
  testProducts();
  testLosses();
  testSchedule();
  testThreads();
  testTrainer();
  testSizes();
  std::puts("native engine: all C++ tests passed");
}
