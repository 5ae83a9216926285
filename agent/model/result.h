// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace keyward {

// Few codes, shared by all of Keyward. Branch on the code; show `what` to people.
enum class ErrorCode {
  kInvalid,  // what was given is wrong
  kNotFound,
  kDenied,       // the caller, or we, may not
  kUnsupported,  // this kernel, file system or build cannot
  kIo,
  kCorrupt,  // what we wrote earlier does not read back
  kFull,     // disk, quota or a bound of ours
  kBusy,     // another instance holds it, or try again
  kInternal,
};

std::string_view ErrorCodeName(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string what;    // the act and its object: "open policy.d/20-team.toml: no such file"
  std::string hint{};  // what to do next; empty when there is nothing to do
  int os_errno = 0;
};

// The one place that turns errno into a code. `act` is the act and its object; the text of the
// errno is appended.
Error OsError(std::string act, int os_errno);

// A value or an Error. Every way out is written out: there is no macro that returns.
template <class T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(Error e) : tl::expected<T, Error>(tl::unexpect, std::move(e)) {}
};

}  // namespace keyward
