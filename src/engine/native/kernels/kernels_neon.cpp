#include "vector_neon.h"

#define LAMINA_KERNELS neonKernels
#define LAMINA_KERNELS_NAME "neon"
#include "implementation.h"
