/**
 * Measures the matrix products of dense layers on one thread, the engine's and OpenBLAS' in turn, in processor time.
 *
 *   program <rounds> <milliseconds> <kind:samples:inputs:units>...
 *
 * kind is forward, weightGradient or inputGradient. Prints a line of JSON about the two libraries and one about each
 * product: GFLOP/s of every round, counting 2 · samples · inputs · units for both (the engine's bias comes on top), and
 * the largest difference of the two results relative to the largest element. Set LAMINA_ISA for other kernels.
 */
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <string>

#include "../../../src/engine/native/kernels/choose.h"
#include "layer_products.h"
#include "openblas.h"

namespace {

constexpr double warmUpMilliseconds = 5;

struct Product {
  ProductKind kind;
  size_t samples;
  size_t inputs;
  size_t units;
};

struct KindName {
  const char* name;
  ProductKind kind;
};
constexpr KindName kindNames[] = {{"forward", ProductKind::forward},
                                  {"weightGradient", ProductKind::weightGradient},
                                  {"inputGradient", ProductKind::inputGradient}};

/** @returns the number, or exits where there is none from 1 on */
size_t parseSize(const char* text, char end, const char** rest = nullptr) {
  char* stopped = nullptr;
  const long long value = std::strtoll(text, &stopped, 10);
  if (stopped == text || *stopped != end || value < 1 || value > 1 << 24) {
    std::fprintf(stderr, "Expected a whole number from 1 to %d at \"%s\".\n", 1 << 24, text);
    std::exit(2);
  }
  if (rest != nullptr) *rest = stopped + 1;
  return static_cast<size_t>(value);
}

Product parseProduct(const char* text) {
  for (const auto& [name, kind] : kindNames) {
    const size_t length = std::strlen(name);
    if (std::strncmp(text, name, length) != 0 || text[length] != ':') continue;
    const char* rest = text + length + 1;
    const size_t samples = parseSize(rest, ':', &rest);
    const size_t inputs = parseSize(rest, ':', &rest);
    return {kind, samples, inputs, parseSize(rest, '\0')};
  }
  std::fprintf(stderr, "Expected kind:samples:inputs:units, found \"%s\".\n", text);
  std::exit(2);
}

/** This thread's time on the processor: both libraries compute on it, and what else runs here does not count. */
double processorSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double secondsOf(const std::function<void()>& work, size_t count) {
  const double start = processorSeconds();
  for (size_t i = 0; i < count; ++i) work();
  return processorSeconds() - start;
}

/** @returns how often it must be called to take so long, at least once */
size_t countFor(const std::function<void()>& work, double milliseconds) {
  size_t count = 1;
  double seconds = secondsOf(work, count);
  while (seconds * 1000 < warmUpMilliseconds) {
    count *= 2;
    seconds = secondsOf(work, count);
  }
  const double wanted = std::ceil(static_cast<double>(count) * milliseconds / (seconds * 1000));
  return std::max<size_t>(1, static_cast<size_t>(wanted));
}

void multiplyWith(const OpenBlas& blas, ProductKind kind, const LayerData& data, float* result) {
  using Stored = OpenBlas::Stored;
  const auto& [samples, inputs, units, w, a, e] = data;
  switch (kind) {
    case ProductKind::forward:
      return blas.multiply(samples, units, inputs, a.data(), Stored::asMeant, w.data(), Stored::transposed, result);
    case ProductKind::weightGradient:
      return blas.multiply(units, inputs, samples, e.data(), Stored::transposed, a.data(), Stored::asMeant, result);
    case ProductKind::inputGradient:
      return blas.multiply(samples, inputs, units, e.data(), Stored::asMeant, w.data(), Stored::asMeant, result);
  }
}

double largestDifference(const std::vector<float>& ours, const std::vector<float>& theirs) {
  double difference = 0;
  double largest = 0;
  for (size_t i = 0; i < theirs.size(); ++i) {
    const double distance = std::fabs(static_cast<double>(ours[i]) - static_cast<double>(theirs[i]));
    // A NaN is larger than anything.
    if (!(distance <= difference)) difference = distance;
    largest = std::max(largest, std::fabs(static_cast<double>(theirs[i])));
  }
  return difference / largest;
}

void printRounds(const char* name, const std::vector<double>& rounds) {
  std::printf(",\"%s\":[", name);
  for (size_t i = 0; i < rounds.size(); ++i) std::printf("%s%.6g", i == 0 ? "" : ",", rounds[i]);
  std::printf("]");
}

void measure(const Product& product, size_t rounds, double milliseconds, const lamina::Kernels& kernels,
             const OpenBlas& blas) {
  const LayerData data = LayerData::random(product.samples, product.inputs, product.units);
  LayerProducts engine(kernels, data);
  std::vector<float> theirs(data.resultSize(product.kind));
  const std::function<void()> ourWork = [&] { engine.compute(product.kind); };
  const std::function<void()> theirWork = [&] { multiplyWith(blas, product.kind, data, theirs.data()); };
  const double operations = 2.0 * static_cast<double>(product.samples) * static_cast<double>(product.inputs) *
                            static_cast<double>(product.units);

  const size_t ourCount = countFor(ourWork, milliseconds);
  const size_t theirCount = blas.found() ? countFor(theirWork, milliseconds) : 0;
  std::vector<double> ourRates;
  std::vector<double> theirRates;
  const auto rate = [&](const std::function<void()>& work, size_t count) {
    return operations * static_cast<double>(count) / secondsOf(work, count) / 1e9;
  };
  for (size_t round = 0; round < rounds; ++round) {
    if (round % 2 == 0) ourRates.push_back(rate(ourWork, ourCount));
    if (blas.found()) theirRates.push_back(rate(theirWork, theirCount));
    if (round % 2 == 1) ourRates.push_back(rate(ourWork, ourCount));
  }

  std::printf("{\"kind\":\"%s\",\"samples\":%zu,\"inputs\":%zu,\"units\":%zu",
              kindNames[static_cast<size_t>(product.kind)].name, product.samples, product.inputs, product.units);
  printRounds("engine", ourRates);
  if (blas.found()) {
    printRounds("openblas", theirRates);
    const double difference = largestDifference(engine.result(product.kind), theirs);
    // JSON knows no NaN.
    std::printf(",\"difference\":%.3g}\n", std::isfinite(difference) ? difference : 1e30);
  } else {
    std::printf(",\"openblas\":null,\"difference\":null}\n");
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "Usage: %s <rounds> <milliseconds> <kind:samples:inputs:units>...\n", argv[0]);
    return 2;
  }
  const size_t rounds = parseSize(argv[1], '\0');
  const size_t milliseconds = parseSize(argv[2], '\0');
  std::vector<Product> products;
  for (int i = 3; i < argc; ++i) products.push_back(parseProduct(argv[i]));
  try {
    const char* const wanted = std::getenv("LAMINA_ISA");
    const lamina::Kernels& kernels = lamina::chooseKernels(wanted == nullptr ? "" : wanted);
    const OpenBlas blas;
    if (blas.found()) blas.setThreads(1);
    const std::string described = blas.found() ? '"' + blas.description() + '"' : "null";
    std::printf("{\"instructionSet\":\"%s\",\"openblas\":%s}\n", kernels.name, described.c_str());
    for (const Product& product : products) {
      measure(product, rounds, static_cast<double>(milliseconds), kernels, blas);
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
