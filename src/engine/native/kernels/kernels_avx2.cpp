#include "vector_avx2.h"

#define LAMINA_KERNELS avx2Kernels
#define LAMINA_KERNELS_NAME "avx2"
#include "implementation.h"
