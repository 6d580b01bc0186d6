#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace lamina {

enum class ScheduleType { constant, step, exponential, cosine, reduceOnPlateau };

/** @throws Error `invalidArgument` for a type that is not one of the catalogue's */
ScheduleType scheduleNamed(std::string_view type);

/** A learning-rate schedule as settings name it; numbers it lacks are unused. */
struct ScheduleSettings {
  ScheduleType type = ScheduleType::constant;
  /** w */
  double warmupEpochs = 0;
  double factor = 1;
  uint64_t everyEpochs = 1;
  double endShare = 0;
  /** Of `reduceOnPlateau`. */
  uint64_t patience = 0;
};

/** What `reduceOnPlateau` remembers of the epochs so far: plain data, copied to save and restore it. */
struct PlateauState {
  double best = std::numeric_limits<double>::infinity();
  /** In a row, without a better loss. */
  uint64_t worseEpochs = 0;
  /** Plateaus so far. */
  uint64_t reductions = 0;

  /**
   * Takes the loss at an epoch's end; one that is not finite is no better. PyTorch's ReduceLROnPlateau (mode min,
   * relative threshold 1e-4, cooldown 0) but for its `eps`, which would tie the share to the rate it is of.
   */
  void observe(double loss, uint64_t patience) noexcept;
};

/**
 * What the learning rate that was set is multiplied by at each step. Formulas: src/shared/catalogue/schedules.ts. Holds
 * settings only: the share is a function of the steps done, the epochs planned and the plateaus so far, so training
 * that is resumed at a step goes on exactly, and any thread may ask.
 */
class LearningRateSchedule {
 public:
  /** @throws Error `invalidArgument` for numbers that make no schedule */
  LearningRateSchedule(const ScheduleSettings& settings, size_t stepsPerEpoch);

  /** A share of the rate, and up to which step (not included) it stays that, all else being equal. */
  struct Span {
    double share;
    uint64_t end;
  };
  /**
   * @param step steps done before the one that is asked about
   * @param epochs T; a cosine stays at its end from there on
   * @param reductions plateaus so far
   */
  Span at(uint64_t step, uint64_t epochs, uint64_t reductions) const noexcept;

  const ScheduleSettings& settings() const noexcept { return settings_; }

 private:
  ScheduleSettings settings_;
  double stepsPerEpoch_;
  /** w · (steps per epoch), and that rounded up. */
  double warmup_;
  uint64_t warmupSteps_;
};

}  // namespace lamina
