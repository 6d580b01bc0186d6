#include "../../../src/engine/native/schedule.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "../../../src/engine/native/early_stopping.h"
#include "../../../src/engine/native/error.h"
#include "check.h"

using namespace lamina;

namespace {

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

ScheduleSettings settingsOf(ScheduleType type, double factor, double endShare, double warmupEpochs = 0) {
  ScheduleSettings settings;
  settings.type = type;
  settings.factor = factor;
  settings.endShare = endShare;
  settings.warmupEpochs = warmupEpochs;
  return settings;
}

/**
 * The share at every step of `epochs`, which are as many as are planned. A share is asked for once and kept as long as
 * its span says, and must be the same when asked for at each step.
 */
std::vector<double> sharesOf(const ScheduleSettings& settings, size_t stepsPerEpoch, uint64_t epochs) {
  const LearningRateSchedule schedule(settings, stepsPerEpoch);
  std::vector<double> shares;
  LearningRateSchedule::Span kept{notANumber, 0};
  for (uint64_t step = 0; step < epochs * stepsPerEpoch; ++step) {
    if (step >= kept.end) kept = schedule.at(step, epochs, 0);
    CHECK(kept.end > step);
    CHECK(schedule.at(step, epochs, 0).share == kept.share);
    shares.push_back(kept.share);
  }
  return shares;
}

void checkShares(const std::vector<double>& shares, const std::vector<double>& expected) {
  CHECK(shares.size() >= expected.size());
  for (size_t i = 0; i < expected.size(); ++i) CHECK_NEAR(shares[i], expected[i], 1e-15);
}

/**
 * Learning rates of PyTorch 1.13, made by
 *
 *   def table(make, count):
 *       optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
 *       scheduler = make(optimizer)
 *       for _ in range(count):
 *           print('%.17g' % optimizer.param_groups[0]['lr'])
 *           optimizer.step()
 *           scheduler.step()
 *
 * at the start of each epoch, of 7 steps here.
 */
void testAgainstPyTorch() {
  constexpr size_t stepsPerEpoch = 7;
  const auto epochStarts = [](const ScheduleSettings& settings, uint64_t epochs) {
    const std::vector<double> shares = sharesOf(settings, stepsPerEpoch, epochs);
    std::vector<double> starts;
    for (size_t step = 0; step < shares.size(); step += stepsPerEpoch) starts.push_back(shares[step]);
    return starts;
  };

  // table(lambda o: StepLR(o, 3, 0.5), 10)
  ScheduleSettings step = settingsOf(ScheduleType::step, 0.5, 0);
  step.everyEpochs = 3;
  checkShares(epochStarts(step, 10), {1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125});

  // table(lambda o: ExponentialLR(o, 0.9), 10)
  checkShares(epochStarts(settingsOf(ScheduleType::exponential, 0.9, 0), 10),
              {1, 0.90000000000000002, 0.81000000000000005, 0.72900000000000009, 0.65610000000000013,
               0.59049000000000018, 0.53144100000000016, 0.47829690000000014, 0.43046721000000016,
               0.38742048900000015});

  // table(lambda o: CosineAnnealingLR(o, 8, 0.1), 9)
  const ScheduleSettings cosine = settingsOf(ScheduleType::cosine, 1, 0.1);
  std::vector<double> waves = epochStarts(cosine, 8);
  waves.push_back(LearningRateSchedule(cosine, stepsPerEpoch).at(8 * stepsPerEpoch, 8, 0).share);
  checkShares(waves, {1, 0.96574578963007907, 0.86819805153394636, 0.72220754456429048, 0.55000000000000004,
                      0.37779245543570972, 0.2318019484660537, 0.134254210369921, 0.10000000000000001});

  // s = ReduceLROnPlateau(o, 'min', factor=0.5, patience=2, min_lr=0.1); for each loss s.step(loss), then the rate
  ScheduleSettings plateau = settingsOf(ScheduleType::reduceOnPlateau, 0.5, 0.1);
  plateau.patience = 2;
  const LearningRateSchedule schedule(plateau, stepsPerEpoch);
  const std::vector<double> losses = {1.0, 0.9, 0.95, 0.89995, 0.92, 0.5,        0.5,  0.49999, 0.6,  0.6, 0.6,
                                      notANumber, 0.7, 0.4, infinite, 0.39999, 0.4, 0.41, 0.42, 0.43, 0.44};
  const std::vector<double> rates = {1,     1,     1,     1,     0.5,   0.5,   0.5,   0.5, 0.25, 0.25, 0.25,
                                     0.125, 0.125, 0.125, 0.125, 0.125, 0.1, 0.1, 0.1, 0.1, 0.1};
  CHECK(losses.size() == rates.size());
  PlateauState state;
  for (size_t i = 0; i < losses.size(); ++i) {
    state.observe(losses[i], plateau.patience);
    const LearningRateSchedule::Span span = schedule.at(i, 1, state.reductions);
    CHECK_NEAR(span.share, rates[i], 1e-15);
    CHECK(span.end == UINT64_MAX);
  }
}

/** The formulas of src/shared/catalogue/schedules.ts with 1.5 epochs, of 5 steps each, of warm-up. */
void testWarmup() {
  constexpr size_t stepsPerEpoch = 5;
  constexpr uint64_t epochs = 9;
  ScheduleSettings step = settingsOf(ScheduleType::step, 0.5, 0, 1.5);
  step.everyEpochs = 2;
  const std::vector<double> constant = sharesOf(settingsOf(ScheduleType::constant, 1, 0, 1.5), stepsPerEpoch, epochs);
  const std::vector<double> steps = sharesOf(step, stepsPerEpoch, epochs);
  const std::vector<double> exponential =
      sharesOf(settingsOf(ScheduleType::exponential, 0.9, 0, 1.5), stepsPerEpoch, epochs);
  const std::vector<double> cosine = sharesOf(settingsOf(ScheduleType::cosine, 1, 0.2, 1.5), stepsPerEpoch, epochs);
  const std::vector<double> plateau =
      sharesOf(settingsOf(ScheduleType::reduceOnPlateau, 0.5, 0.2, 1.5), stepsPerEpoch, epochs);
  for (size_t s = 0; s < 8; ++s) {
    for (const auto* shares : {&constant, &steps, &exponential, &cosine, &plateau}) {
      CHECK((*shares)[s] == static_cast<double>(s + 1) / 8);
    }
  }
  for (size_t s = 8; s < stepsPerEpoch * epochs; ++s) {
    const double since = static_cast<double>(s) / 5 - 1.5;
    CHECK(constant[s] == 1);
    CHECK(plateau[s] == 1);
    // 7.5 steps of warm-up and 10 to a change: it shows in steps 18, 28 and 38, counted from 0.
    CHECK(steps[s] == (s < 18 ? 1 : s < 28 ? 0.5 : s < 38 ? 0.25 : 0.125));
    CHECK_NEAR(exponential[s], std::exp(since * std::log(0.9)), 1e-15);
    const double half = std::cos(1.5707963267948966 * since / 7.5);
    CHECK_NEAR(cosine[s], 0.2 + 0.8 * half * half, 1e-15);
  }
}

/** Products like 0.07 · 100 and differences like 2.3 − 0.3 must not move a change by a step. */
void testWholeSteps() {
  const std::vector<double> warm = sharesOf(settingsOf(ScheduleType::constant, 1, 0, 0.07), 100, 1);
  for (size_t s = 0; s < 100; ++s) CHECK(warm[s] == std::min(1.0, static_cast<double>(s + 1) / 7));
  for (size_t tenths = 1; tenths < 100; ++tenths) {
    const double warmup = static_cast<double>(tenths) / 10;
    const std::vector<double> shares = sharesOf(settingsOf(ScheduleType::step, 0.5, 0, warmup), 10, 14);
    for (size_t s = tenths; s < 140; ++s) CHECK(shares[s] == std::ldexp(1.0, -static_cast<int>((s - tenths) / 10)));
  }
}

void testPlannedEpochs() {
  const LearningRateSchedule cosine(settingsOf(ScheduleType::cosine, 1, 0.25, 2), 10);
  CHECK_NEAR(cosine.at(60, 10, 0).share, 0.625, 1e-15);
  CHECK_NEAR(cosine.at(60, 6, 0).share, 0.25, 1e-15);
  CHECK_NEAR(cosine.at(60, 14, 0).share, 0.25 + 0.75 * 0.75, 1e-15);
  // Beyond the epochs planned, or without any after the warm-up, it stays at its end.
  CHECK(cosine.at(1000, 10, 0).share == 0.25);
  CHECK(cosine.at(20, 2, 0).share == 0.25);
  CHECK(cosine.at(20, 1, 0).share == 0.25);
  CHECK(cosine.at(19, 1, 0).share == 1);
}

void testRefusedSettings() {
  const auto refused = [](const ScheduleSettings& settings) {
    CHECK_THROWS(LearningRateSchedule(settings, 10), ErrorCode::invalidArgument);
  };
  for (const double warmup : {-1.0, 1e7, infinite, notANumber}) {
    refused(settingsOf(ScheduleType::constant, 1, 0, warmup));
  }
  for (const double factor : {0.0, 1.5, notANumber}) refused(settingsOf(ScheduleType::step, factor, 0));
  for (const double end : {-0.1, 1.5, notANumber}) refused(settingsOf(ScheduleType::cosine, 1, end));
  ScheduleSettings never;
  never.everyEpochs = 0;
  refused(never);
  CHECK_THROWS(scheduleNamed("triangle"), ErrorCode::invalidArgument);
  CHECK(scheduleNamed("reduceOnPlateau") == ScheduleType::reduceOnPlateau);

  for (const double improvement : {-1.0, infinite, notANumber}) {
    CHECK_THROWS(checkEarlyStopping({1, improvement}), ErrorCode::invalidArgument);
  }
  CHECK_THROWS(checkEarlyStopping({0, 0}), ErrorCode::invalidArgument);
}

void testEarlyStopping() {
  using Verdict = EarlyStoppingState::Verdict;
  const auto verdicts = [](const EarlyStoppingSettings& settings, const std::vector<double>& losses) {
    EarlyStoppingState state;
    std::vector<Verdict> found;
    for (const double loss : losses) found.push_back(state.observe(found.size() + 1, loss, settings));
    return found;
  };
  constexpr Verdict better = Verdict::better;
  constexpr Verdict worse = Verdict::worse;
  constexpr Verdict stop = Verdict::stop;
  // An equal loss is no better; after a stop patience starts anew, but the best stays the one to beat.
  CHECK((verdicts({2, 0}, {1, 0.5, 0.5, 0.4, 0.6, 0.5, 0.45, 0.41, 0.39, 0.4, 0.4}) ==
         std::vector<Verdict>{better, better, worse, better, worse, stop, worse, stop, better, worse, stop}));
  CHECK((verdicts({1, 0.25}, {1, 0.75, 0.5, 0.25, 0.125}) ==
         std::vector<Verdict>{better, stop, better, stop, better}));
  CHECK((verdicts({2, 0}, {notANumber, infinite, notANumber, 3, -infinite}) ==
         std::vector<Verdict>{worse, stop, worse, better, worse}));

  EarlyStoppingState state;
  for (uint64_t epoch = 1; epoch <= 5; ++epoch) state.observe(epoch, epoch == 3 ? 1.0 : 2.0, {9, 0});
  CHECK(state.bestEpoch == 3);
  CHECK(state.best == 1);
  CHECK(state.worseEpochs == 2);
}

}  // namespace

void testSchedule() {
  testAgainstPyTorch();
  testWarmup();
  testWholeSteps();
  testPlannedEpochs();
  testRefusedSettings();
  testEarlyStopping();
}
