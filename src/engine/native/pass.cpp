#include "pass.h"

#include <algorithm>

#include "plan.h"

namespace lamina {
namespace {

constexpr size_t none = SIZE_MAX;

}  // namespace

/** Where values lie that need not all be kept. */
struct Pass::EvaluationPlaces {
  std::vector<size_t> ofValue;
  /** Of each place: those of the largest value it ever holds. */
  std::vector<size_t> units;
};

/** Gives every value a place that no value holds any more which is still to be read: by an operation, or by the loss. */
Pass::EvaluationPlaces Pass::placesOf(const Plan& plan) {
  const size_t count = plan.units().size();
  // What makes a value and reads it last, by its place in the plan; the loss reads after all operations.
  std::vector<size_t> lastReader(count, 0);
  const std::vector<Plan::Step>& steps = plan.forward_;
  for (size_t index = 0; index < steps.size(); ++index) lastReader[steps[index].input] = index;
  lastReader[plan.lossValue_] = lastReader[count - 1] = steps.size();

  EvaluationPlaces places;
  places.ofValue.assign(count, none);
  std::vector<size_t> free;
  const auto place = [&](size_t value) {
    if (free.empty()) {
      free.push_back(places.units.size());
      places.units.push_back(0);
    }
    const size_t chosen = free.back();
    free.pop_back();
    places.ofValue[value] = chosen;
    places.units[chosen] = std::max(places.units[chosen], plan.units()[value]);
  };
  std::vector<size_t> held{0};
  place(0);
  for (size_t index = 0; index < steps.size(); ++index) {
    for (const size_t value : {steps[index].output, steps[index].fused ? steps[index].fused->output : none}) {
      if (value == none) continue;
      place(value);
      held.push_back(value);
    }
    const auto over = std::partition(held.begin(), held.end(),
                                     [&](size_t value) { return lastReader[value] > index; });
    for (auto value = over; value != held.end(); ++value) free.push_back(places.ofValue[*value]);
    held.erase(over, held.end());
  }
  return places;
}

struct Pass::Offsets {
  Layout layout;
  double worthSharing = 0;
  size_t width = 0;
  std::vector<size_t> values;
  std::vector<size_t> gradients;
  std::vector<size_t> masks;
  std::vector<size_t> transposed;
  size_t targets = 0;
  size_t weights = 0;
  size_t packed = 0;
  size_t scratch = 0;
  size_t scratchStride = 0;
};

Pass::Offsets Pass::arrange(const Plan& plan, size_t capacity, PassUse use, size_t threads) {
  const Kernels& kernels = plan.kernels_;
  Offsets offsets;
  offsets.worthSharing = plan.worthSharing(capacity);
  // Few samples make narrow panels, so that no vector is computed that holds none.
  offsets.width = capacity <= kernels.lanes ? kernels.lanes : kernels.panelWidth;
  const size_t samples = checkedAdd(capacity, offsets.width - 1) / offsets.width * offsets.width;
  const size_t count = plan.units().size();
  const auto add = [&](size_t units) { return offsets.layout.add(checkedMultiply(units, samples)); };

  if (use == PassUse::evaluation) {
    // A deep network's values one after the other in a few places: only the next operations look at one.
    const EvaluationPlaces places = placesOf(plan);
    std::vector<size_t> at;
    for (const size_t units : places.units) at.push_back(add(units));
    for (const size_t place : places.ofValue) offsets.values.push_back(at[place]);
  } else {
    for (const size_t units : plan.units()) offsets.values.push_back(add(units));
  }
  offsets.targets = add(plan.outputs());
  offsets.weights = add(1);
  offsets.gradients.assign(count, none);
  offsets.masks.assign(count, none);
  offsets.transposed.assign(count, none);
  if (use != PassUse::evaluation) {
    for (size_t value = 1; value < count; ++value) {
      const bool owned = use == PassUse::trace || (plan.hasGradient_[value] && plan.gradientPlace_[value] == value);
      if (owned) offsets.gradients[value] = add(plan.units()[value]);
    }
    for (size_t value = 1; value < count; ++value) {
      if (offsets.gradients[value] == none && plan.hasGradient_[value]) {
        offsets.gradients[value] = offsets.gradients[plan.gradientPlace_[value]];
      }
    }
    for (const Plan::Step& step : plan.forward_) {
      if (step.type == Operation::Type::dropout) offsets.masks[step.output] = add(step.units);
    }
    const auto addPacked = [&](size_t inputs) {
      const size_t panels = checkedAdd(inputs, kernels.panelWidth - 1) / kernels.panelWidth;
      return offsets.layout.add(checkedMultiply(panels * kernels.panelWidth, std::min(samples, Plan::samplesPacked)));
    };
    size_t widest = 0;
    for (const Plan::Step& step : plan.backward_) {
      if (step.type != Operation::Type::dense) continue;
      if (use == PassUse::trace || capacity > mostPackedAlong) {
        widest = std::max(widest, step.inputs);
      } else if (offsets.transposed[step.input] == none) {
        offsets.transposed[step.input] = addPacked(step.inputs);
      }
    }
    offsets.packed = addPacked(widest);
    offsets.scratchStride = kernels.productScratch;
    offsets.scratch = offsets.layout.add(checkedMultiply(threads, kernels.productScratch));
  }
  return offsets;
}

Layout Pass::layout(const Plan& plan, size_t capacity, PassUse use, size_t threads) {
  return arrange(plan, capacity, use, threads).layout;
}

Pass::Pass(const Plan& plan, size_t capacity, PassUse use, size_t threads)
    : Pass(arrange(plan, capacity, use, threads), capacity, use) {}

Pass::Pass(const Offsets& offsets, size_t capacity, PassUse use)
    : arena_(offsets.layout),
      capacity_(capacity),
      use_(use),
      worthSharing_(offsets.worthSharing),
      width_(offsets.width),
      scratchStride_(offsets.scratchStride) {
  const auto at = [this](size_t offset) { return offset == none ? nullptr : arena_.at(offset); };
  for (const size_t offset : offsets.values) values_.push_back(at(offset));
  for (const size_t offset : offsets.gradients) gradients_.push_back(at(offset));
  for (const size_t offset : offsets.masks) masks_.push_back(at(offset));
  for (const size_t offset : offsets.transposed) transposed_.push_back(at(offset));
  targets_ = at(offsets.targets);
  weights_ = at(offsets.weights);
  packed_ = at(offsets.packed);
  scratch_ = at(offsets.scratch);
}

void Pass::copySamples(const float* panels, size_t units, size_t samples, float* out) const noexcept {
  for (size_t sample = 0; sample < samples; ++sample) {
    const float* const first = panels + sample / width_ * units * width_ + sample % width_;
    for (size_t unit = 0; unit < units; ++unit) out[sample * units + unit] = first[unit * width_];
  }
}

}  // namespace lamina
