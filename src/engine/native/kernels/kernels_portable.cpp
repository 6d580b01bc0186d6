#include "vector_portable.h"

#define LAMINA_KERNELS portableKernels
#define LAMINA_KERNELS_NAME "portable"
#include "implementation.h"
