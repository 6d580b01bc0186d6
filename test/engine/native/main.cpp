#include "check.h"

/** The parts of the engine that JavaScript cannot reach one by one. See scripts/test-native.mjs. */
int main() {
  testRandom();
  testKernels();
  testTrainer();
  std::puts("native engine: all C++ tests passed");
}
