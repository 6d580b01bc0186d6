#include "parameters.h"

#include <utility>

namespace lamina {

Parameters::Parameters(const std::vector<Layer>& layerList, size_t states)
    : layers(layerList.size()), arena_(layout(layerList, states)) {
  Layout buffers;
  for (size_t l = 0; l < layers.size(); ++l) {
    layers[l].weights = arena_.at(buffers.add(layerList[l].weights));
    layers[l].gradient = arena_.at(buffers.add(layerList[l].weights));
    for (size_t s = 0; s < states; ++s) layers[l].state[s] = arena_.at(buffers.add(layerList[l].weights));
  }
}

Layout Parameters::layout(const std::vector<Layer>& layerList, size_t states) {
  Layout buffers;
  for (const Layer& layer : layerList) {
    for (size_t array = 0; array < 2 + states; ++array) buffers.add(layer.weights);
  }
  return buffers;
}

void Parameters::adoptNext() noexcept {
  for (Entry& entry : layers) std::swap(entry.weights, entry.gradient);
}

}  // namespace lamina
