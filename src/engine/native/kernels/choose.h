#pragma once

#include <string_view>

#include "kernels.h"

namespace lamina {

/**
 * @param requested "portable", "neon", "avx2", "avx512", or empty for the best this machine can run
 * @throws Error `invalidArgument` when it is none of these, or this machine or this build lacks it
 */
const Kernels& chooseKernels(std::string_view requested);

}  // namespace lamina
