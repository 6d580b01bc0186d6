#pragma once

#include <napi.h>

#ifdef __linux__
#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#endif

namespace lamina {

/**
 * endWithParent(pid): has the kernel kill this process when the one that started it ends, whatever state this one is in.
 * @param pid of the process that started this one, as that one knows it
 * @returns whether the kernel does: only Linux has such a thing, and only for a process's own parent
 */
inline Napi::Value endWithParent(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
#ifdef __linux__
  const auto parent = static_cast<pid_t>(info[0].IsNumber() ? info[0].As<Napi::Number>().Int64Value() : 0);
  if (parent > 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0) {
    if (getppid() == parent) return Napi::Boolean::New(env, true);
    // It ended before the kernel was asked, which then says nothing any more.
    if (kill(parent, 0) != 0 && errno == ESRCH) raise(SIGKILL);
    prctl(PR_SET_PDEATHSIG, 0);
  }
#endif
  return Napi::Boolean::New(env, false);
}

}  // namespace lamina
