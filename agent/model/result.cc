// SPDX-License-Identifier: Apache-2.0
#include "agent/model/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "agent/model/check.h"

namespace keyward {

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid: return "invalid";
    case ErrorCode::kNotFound: return "not found";
    case ErrorCode::kDenied: return "denied";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kIo: return "input/output";
    case ErrorCode::kCorrupt: return "corrupt";
    case ErrorCode::kFull: return "full";
    case ErrorCode::kBusy: return "busy";
    case ErrorCode::kInternal: return "internal";
  }
  return "internal";
}

namespace {

ErrorCode CodeOf(int os_errno) {
  switch (os_errno) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH: return ErrorCode::kNotFound;
    case EACCES:
    case EPERM: return ErrorCode::kDenied;
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP: return ErrorCode::kInvalid;
    case ENOSPC:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return ErrorCode::kFull;
    case ENOSYS:
    case EOPNOTSUPP: return ErrorCode::kUnsupported;
    case EBUSY:
    case EAGAIN:
    case EADDRINUSE: return ErrorCode::kBusy;
    default: return ErrorCode::kIo;
  }
}

}  // namespace

Error OsError(std::string act, int os_errno) {
  std::string what = std::move(act) + ": " + std::generic_category().message(os_errno);
  return Error{CodeOf(os_errno), std::move(what), {}, os_errno};
}

void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "keyward: bug: %s:%d: %s does not hold\n", file, line, condition);
  std::abort();
}

}  // namespace keyward
