/**
 * The kernels of one instruction set, included by one translation unit each after its vector header. Everything in the
 * headers below has internal linkage and uses no inline function of the standard library: the linker may keep any
 * unit's copy of such a function, and one compiled for AVX-512 must never be called on a machine without it.
 */
#include "activations.h"
#include "dropout.h"
#include "gather.h"
#include "kernels.h"
#include "losses.h"
#include "products.h"
#include "updates.h"
#include "weight_gradient.h"

namespace lamina {

const Kernels& LAMINA_KERNELS() noexcept {
  static constexpr Kernels kernels = {
      LAMINA_KERNELS_NAME,
      lanes,
      panelWidth,
      denseForward,
      denseInputGradient,
      packInputs,
      denseWeightGradient,
      denseWeightGradientOfFew,
      productScratch,
      gatherPanel,
      packSamples,
      {activateElements<Identity>, activateElements<Relu>, activateElements<LeakyRelu>, activateElements<Elu>,
       activateElements<Selu>, activateElements<Gelu>, activateElements<Silu>, activateElements<Sigmoid>,
       activateElements<Tanh>, activateElements<Softplus>, nullptr},
      {elementsBackward<Identity>, elementsBackward<Relu>, elementsBackward<LeakyRelu>, elementsBackward<Elu>,
       elementsBackward<Selu>, elementsBackward<Gelu>, elementsBackward<Silu>, elementsBackward<Sigmoid>,
       elementsBackward<Tanh>, elementsBackward<Softplus>, nullptr},
      softmax,
      softmaxBackward,
      dropoutMask,
      multiplyElements,
      {lossSum<CrossEntropy>, lossSum<BinaryCrossEntropy>, lossSum<SquaredError>, lossSum<AbsoluteError>,
       lossSum<Huber>},
      {lossGradient<CrossEntropy>, lossGradient<BinaryCrossEntropy>, lossGradient<SquaredError>,
       lossGradient<AbsoluteError>, lossGradient<Huber>},
      softmaxCrossEntropySum,
      lossSum<SigmoidBinaryCrossEntropy>,
      fusedLossGradient,
      weighSamples,
      {argmaxAccuracySum, lossSum<ThresholdAccuracy>, lossSum<AbsoluteError>},
      squaredNorm,
      squareRoots,
      {updateLayer<Sgd>, updateLayer<Momentum>, updateLayer<Nesterov>, updateLayer<RmsProp>, updateLayer<Adagrad>,
       updateLayer<Adam>, updateLayer<AdamW>}};
  return kernels;
}

}  // namespace lamina
