#include "functions.h"

#include <array>
#include <string>

#include "error.h"

namespace lamina {
namespace {

constexpr std::array<std::string_view, activationCount> activationNames = {
    "identity", "relu", "leakyRelu", "elu", "selu", "gelu", "silu", "sigmoid", "tanh", "softplus", "softmax"};
constexpr std::array<std::string_view, lossCount> lossNames = {
    "crossEntropy", "binaryCrossEntropy", "meanSquaredError", "meanAbsoluteError", "huber"};
constexpr std::array<std::string_view, 4> initializerNames = {"he", "xavier", "lecun", "zeros"};
constexpr std::array<std::string_view, metricCount> metricNames = {"argmaxAccuracy", "thresholdAccuracy",
                                                                   "meanAbsoluteError"};

template <class Value, size_t Count>
Value valueNamed(const std::array<std::string_view, Count>& names, std::string_view name, const char* what) {
  for (size_t index = 0; index < Count; ++index) {
    if (names[index] == name) return static_cast<Value>(index);
  }
  throw Error(ErrorCode::invalidArgument,
              "The native engine knows no " + std::string(what) + " \"" + std::string(name) + "\".");
}

}  // namespace

ActivationFunction activationNamed(std::string_view name) {
  return valueNamed<ActivationFunction>(activationNames, name, "activation function");
}
Loss lossNamed(std::string_view name) { return valueNamed<Loss>(lossNames, name, "loss"); }
Initializer initializerNamed(std::string_view name) {
  return valueNamed<Initializer>(initializerNames, name, "initializer");
}
Metric metricNamed(std::string_view name) { return valueNamed<Metric>(metricNames, name, "metric"); }

}  // namespace lamina
