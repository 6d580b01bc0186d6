/** What a trainer takes, what it refuses, and that training allocates nothing. */
#include <limits>

#include "../../../src/engine/native/error.h"
#include "../../../src/engine/native/trainer.h"
#include "allocations.h"
#include "check.h"
#include "small_network.h"

using namespace lamina;

namespace {

/** Beside its buffers a trainer has lists of layers, operations, blocks and measures: nobody needs to be warned of them. */
constexpr uint64_t listBytes = 24576;

/** What was said before is what is allocated. */
void testRequiredBytes(const TrainerOptions& options) {
  const auto before = allocationsSoFar();
  const Trainer trainer(options);
  const auto after = allocationsSoFar();
  CHECK(trainer.memoryBytes() == Trainer::requiredBytes(options));
  if (!before || !after) return;
  const uint64_t buffers = after->bufferBytes - before->bufferBytes;
  const uint64_t order = options.shuffle ? options.trainCount * sizeof(uint32_t) : 0;
  CHECK(trainer.memoryBytes() == buffers + order);
  CHECK(after->bytes - before->bytes <= buffers + order + listBytes);
}

void testMemory() {
  TrainerOptions options = smallOptions();
  testRequiredBytes(options);
  const size_t bytes = Trainer::requiredBytes(options);
  options.earlyStopping = EarlyStoppingSettings{};
  testRequiredBytes(options);
  // W_B of both layers, in cache lines: 17 × 5 and 3 × 18 numbers.
  CHECK(Trainer::requiredBytes(options) == bytes + (96 + 64) * sizeof(float));
  options.trainWeighted = true;
  options.validationWeighted = true;
  testRequiredBytes(options);
  options = sharedOptions();
  testRequiredBytes(options);
  options.shuffle = false;
  options.batchSize = 1;
  testRequiredBytes(options);
  options.batchSize = 1025;
  options.trainCount = 2000;
  options.threads = 3;
  testRequiredBytes(options);
}

/** A chunk's lists: losses, gradient norms, update ratios and epochs. */
constexpr uint64_t recordAllocations = 4;

/** Allocations of a chunk are those of its record, whether it makes 20 steps or 100. */
void testSteps(TrainerOptions options) {
  for (const OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adamw}) {
    options.optimizer.kind = kind;
    Trainer trainer(options);
    fillBoth(trainer);
    // Epochs end in both, and the best one's weights are copied.
    for (const size_t steps : {20, 100}) {
      const auto before = allocationsSoFar();
      const Chunk chunk = trainer.run(steps, 1e9);
      const auto after = allocationsSoFar();
      CHECK(chunk.steps == steps);
      if (before && after) CHECK(after->count - before->count == recordAllocations);
    }
  }
}

void testNoAllocations() {
  TrainerOptions options = smallOptions();
  options.gradientClipNorm = 0.1;
  options.schedule.type = ScheduleType::cosine;
  options.earlyStopping = EarlyStoppingSettings{1000, 0};
  options.threads = 4;
  testSteps(options);
  // No product of a small network is worth a second thread, so that there are none to wait for.
  CHECK(Trainer(options).threads() == 1);
  options = sharedOptions();
  CHECK(Trainer(options).threads() == 2);
  testSteps(options);
}

void testRefusals() {
  TrainerOptions options = smallOptions();
  options.memoryLimit = 1000;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidDesign);

  options = smallOptions();
  const size_t huge = size_t{1} << 24;
  options.network.operations = {dense(0, 4, huge), dense(1, huge, huge), dense(2, huge, 3)};
  options.memoryLimit = uint64_t{1} << 40;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidDesign);
  options.trainCount = UINT32_MAX;
  options.batchSize = SIZE_MAX;
  options.network.operations.assign(4000, dense(0, 4, huge));
  options.network.outputs = huge;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidDesign);

  options = smallOptions();
  options.network.operations[2].inputs = 18;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidArgument);
  options = smallOptions();
  options.network.operations[0].input = 1;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidArgument);
  options = smallOptions();
  options.trainCount = 0;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidArgument);
  options = smallOptions();
  options.epochs = 0;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidArgument);
  options = smallOptions();
  options.schedule.warmupEpochs = -1;
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidArgument);
  options = smallOptions();
  options.earlyStopping = EarlyStoppingSettings{0, 0};
  CHECK_THROWS(Trainer{options}, ErrorCode::invalidArgument);

  Network network = smallOptions().network;
  network.operations.insert(network.operations.begin() + 2, activation(2, 17, ActivationFunction::identity));
  network.operations[3].input = 3;
  network.operations[4].input = 4;
  network.operations[2].type = Operation::Type::dropout;
  for (const double rate : {0.0, 0.5, 0.99}) {
    network.operations[2].rate = rate;
    checkNetwork(network);
  }
  for (const double rate : {-0.5, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    network.operations[2].rate = rate;
    CHECK_THROWS(checkNetwork(network), ErrorCode::invalidArgument);
  }
}

}  // namespace

void testSizes() {
  testMemory();
  testNoAllocations();
  testRefusals();
}
