#include "vector_avx512.h"

#define LAMINA_KERNELS avx512Kernels
#define LAMINA_KERNELS_NAME "avx512"
#include "implementation.h"
