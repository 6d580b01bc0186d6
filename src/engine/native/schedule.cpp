#include "schedule.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "error.h"

namespace lamina {
namespace {

constexpr double pi = 3.14159265358979323846;
constexpr uint64_t forever = UINT64_MAX;
/** The catalogue's: products of these and steps per epoch stay far from the limits of what is computed with them. */
constexpr double mostEpochs = 1e6;
/** PyTorch's `threshold`: the share of the best loss by which a better one must be smaller. */
constexpr double plateauThreshold = 1e-4;

[[noreturn]] void fail(const std::string& message) { throw Error(ErrorCode::invalidArgument, message); }

void check(const ScheduleSettings& settings) {
  // Written so that what is not a number is refused too.
  if (!(settings.warmupEpochs >= 0 && settings.warmupEpochs <= mostEpochs)) {
    fail("A schedule's warm-up must be from 0 to 1000000 epochs, found " + std::to_string(settings.warmupEpochs) + ".");
  }
  if (!(settings.factor > 0 && settings.factor <= 1)) {
    fail("A schedule's factor must be above 0 and at most 1, found " + std::to_string(settings.factor) + ".");
  }
  if (!(settings.endShare >= 0 && settings.endShare <= 1)) {
    fail("The share of the rate a schedule ends with must be from 0 to 1, found " + std::to_string(settings.endShare) +
         ".");
  }
  if (settings.everyEpochs < 1 || static_cast<double>(settings.everyEpochs) > mostEpochs) {
    fail("A schedule's step must be from 1 to 1000000 epochs, found " + std::to_string(settings.everyEpochs) + ".");
  }
}

/** 0.07 epochs of 100 steps are 7 steps, though the product is a little more: such a product means the whole number. */
double wholeWhereClose(double steps) {
  const double whole = std::round(steps);
  return std::fabs(steps - whole) <= 1e-9 * std::max(1.0, whole) ? whole : steps;
}

}  // namespace

ScheduleType scheduleNamed(std::string_view type) {
  if (type == "constant") return ScheduleType::constant;
  if (type == "step") return ScheduleType::step;
  if (type == "exponential") return ScheduleType::exponential;
  if (type == "cosine") return ScheduleType::cosine;
  if (type == "reduceOnPlateau") return ScheduleType::reduceOnPlateau;
  fail("The native engine knows no schedule \"" + std::string(type) + "\".");
}

void PlateauState::observe(double loss, uint64_t patience) noexcept {
  if (std::isfinite(loss) && loss < best * (1 - plateauThreshold)) {
    best = loss;
    worseEpochs = 0;
  } else if (++worseEpochs > patience) {
    ++reductions;
    worseEpochs = 0;
  }
}

LearningRateSchedule::LearningRateSchedule(const ScheduleSettings& settings, size_t stepsPerEpoch)
    : settings_(settings), stepsPerEpoch_(static_cast<double>(stepsPerEpoch)) {
  check(settings);
  warmup_ = wholeWhereClose(settings.warmupEpochs * stepsPerEpoch_);
  warmupSteps_ = static_cast<uint64_t>(std::ceil(warmup_));
}

LearningRateSchedule::Span LearningRateSchedule::at(uint64_t step, uint64_t epochs,
                                                    uint64_t reductions) const noexcept {
  if (step < warmupSteps_) return {static_cast<double>(step + 1) / static_cast<double>(warmupSteps_), step + 1};
  // (e − w) · (steps per epoch): whole numbers of steps, where e and w as such would be rounded.
  const double since = static_cast<double>(step) - warmup_;
  switch (settings_.type) {
    case ScheduleType::constant: break;
    case ScheduleType::step: {
      const double period = stepsPerEpoch_ * static_cast<double>(settings_.everyEpochs);
      const double changes = std::floor(since / period);
      // Rounded down, and so a step early at times but never late.
      const uint64_t next = static_cast<uint64_t>(warmup_ + (changes + 1) * period);
      return {std::pow(settings_.factor, changes), std::max(step + 1, next)};
    }
    case ScheduleType::exponential: return {std::pow(settings_.factor, since / stepsPerEpoch_), step + 1};
    case ScheduleType::cosine: {
      const double length = static_cast<double>(epochs) * stepsPerEpoch_ - warmup_;
      const double wave = since < length ? (1 + std::cos(pi * since / length)) / 2 : 0;
      return {settings_.endShare + (1 - settings_.endShare) * wave, step + 1};
    }
    case ScheduleType::reduceOnPlateau:
      return {std::max(std::pow(settings_.factor, static_cast<double>(reductions)), settings_.endShare), forever};
  }
  return {1, forever};
}

}  // namespace lamina
