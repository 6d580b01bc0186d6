#include "plan.h"

namespace lamina {

void Plan::lossGradient(const Pass& pass, const SampleView& samples) const noexcept {
  const Panels panels = pass.panels(samples.count);
  const auto weigh = [&](float* gradient) {
    if (samples.weights != nullptr) kernels_.weighSamples(panels, outputs(), pass.weights(), gradient);
  };
  if (fusion_ == Fusion::none || pass.use() == PassUse::trace) {
    float* const g = pass.gradient(units_.size() - 1);
    kernels_.lossGradient[static_cast<size_t>(loss_)](panels, outputs(), predictions(pass), pass.targets(), g);
    weigh(g);
  }
  if (fusion_ != Fusion::none && lossValue_ > 0) {
    const double count = static_cast<double>(samples.count);
    const double shares = fusion_ == Fusion::softmaxCrossEntropy ? count : count * static_cast<double>(outputs());
    float* const e = pass.gradient(lossValue_);
    kernels_.fusedLossGradient(panels.count() * panels.width * outputs(), predictions(pass), pass.targets(),
                               static_cast<float>(1 / shares), e);
    weigh(e);
  }
}

double Plan::lossSum(const Pass& pass, const SampleView& samples) const noexcept {
  const Panels panels = pass.panels(samples.count);
  const float* const scores = pass.value(lossValue_);
  const float* const weights = samples.weights == nullptr ? nullptr : pass.weights();
  switch (fusion_) {
    case Fusion::softmaxCrossEntropy:
      return kernels_.softmaxCrossEntropySum(panels, outputs(), scores, predictions(pass), pass.targets(), weights);
    case Fusion::sigmoidBinaryCrossEntropy:
      return kernels_.sigmoidBinaryCrossEntropySum(panels, outputs(), scores, pass.targets(), weights);
    case Fusion::none: break;
  }
  return kernels_.lossSum[static_cast<size_t>(loss_)](panels, outputs(), predictions(pass), pass.targets(), weights);
}

double Plan::metricSum(const Pass& pass, size_t samples, Metric metric) const noexcept {
  return kernels_.metricSum[static_cast<size_t>(metric)](pass.panels(samples), outputs(), predictions(pass),
                                                         pass.targets(), nullptr);
}

}  // namespace lamina
