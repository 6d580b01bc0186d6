#pragma once

#include <cstddef>
#include <string_view>

namespace lamina {

// The names are those of the catalogue (src/shared/catalogue); each list and its enumeration have the same order.

enum class ActivationFunction {
  identity, relu, leakyRelu, elu, selu, gelu, silu, sigmoid, tanh, softplus, softmax
};
constexpr size_t activationCount = 11;
ActivationFunction activationNamed(std::string_view name);

enum class Loss { crossEntropy, binaryCrossEntropy, meanSquaredError, meanAbsoluteError, huber };
constexpr size_t lossCount = 5;
Loss lossNamed(std::string_view name);

enum class Initializer { he, xavier, lecun, zeros };
Initializer initializerNamed(std::string_view name);

enum class Metric { argmaxAccuracy, thresholdAccuracy, meanAbsoluteError };
constexpr size_t metricCount = 3;
Metric metricNamed(std::string_view name);

}  // namespace lamina
