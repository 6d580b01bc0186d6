#include "openblas.h"

#include <dlfcn.h>

namespace {

/** With 32-bit integers in its interface, as Debian, Fedora and Homebrew name it. */
const char* const names[] = {"libopenblas.so.0", "libopenblas.so", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
                             "/usr/local/opt/openblas/lib/libopenblas.dylib"};

/** cblas.h's numbers. */
constexpr int rowMajor = 101;
constexpr int asMeant = 111;
constexpr int transposed = 112;

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
}

int toInt(size_t size) { return static_cast<int>(size); }

}  // namespace

OpenBlas::OpenBlas() {
  for (const char* name : names) {
    // Never closed: its threads may run until the program ends.
    void* const library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) continue;
    find(library, "cblas_sgemm", multiply_);
    find(library, "openblas_set_num_threads", setThreads_);
    find(library, "openblas_get_config", describe_);
    if (multiply_ != nullptr && setThreads_ != nullptr && describe_ != nullptr) return;
    multiply_ = nullptr;
  }
}

std::string OpenBlas::description() const { return describe_(); }

void OpenBlas::setThreads(int threads) const { setThreads_(threads); }

void OpenBlas::multiply(size_t rows, size_t columns, size_t depth, const float* a, Stored aStored, const float* b,
                        Stored bStored, float* c) const {
  const bool aTurned = aStored == Stored::transposed;
  const bool bTurned = bStored == Stored::transposed;
  multiply_(rowMajor, aTurned ? transposed : asMeant, bTurned ? transposed : asMeant, toInt(rows), toInt(columns),
            toInt(depth), 1.0F, a, toInt(aTurned ? rows : depth), b, toInt(bTurned ? depth : columns), 0.0F, c,
            toInt(columns));
}
