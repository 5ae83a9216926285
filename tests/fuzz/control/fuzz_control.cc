// SPDX-License-Identifier: Apache-2.0
// What callers send to the daemon, and what a daemon sends to them. The first byte says which, the
// rest is the message.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/control/printable.h"
#include "agent/control/replies.h"
#include "agent/control/requests.h"
#include "agent/control/timestamp.h"
#include "agent/model/check.h"

namespace {

using namespace keyward::control;  // NOLINT: one file, one subject
using keyward::Result;

// What is accepted must say the same when it is written and read again.
void TryRequest(std::string_view text) {
  const auto request = ParseRequest(text);
  if (!request) return;
  KW_CHECK(text.size() <= kMaxRequestBytes);
  const std::string written = WriteRequest(*request);
  const auto again = ParseRequest(written);
  KW_CHECK(again.has_value());
  KW_CHECK(WriteRequest(*again) == written);
}

template <class T>
void Twice(const Result<T>& parsed, Result<T> (*parse)(std::string_view)) {
  if (!parsed) return;
  const std::string json = ToJson(*parsed);
  const auto again = parse(json);
  KW_CHECK(again.has_value());
  KW_CHECK(ToJson(*again) == json);
}

void TryReply(std::string_view text) {
  const auto reply = ParseReply(text);
  const std::string data = reply ? reply->data : std::string(text);
  Twice(ParseStatus(data), ParseStatus);
  Twice(ParseAsset(data), ParseAsset);
  Twice(ParseExplain(data), ParseExplain);
  Twice(ParseDoctor(data), ParseDoctor);
  Twice(ParseApproval(data), ParseApproval);
  Twice(ParseProtected(data), ParseProtected);
  Twice(ParsePolicy(data), ParsePolicy);
  Twice(ParseQuestion(data), ParseQuestion);
}

void TryText(std::string_view text) {
  const std::string shown = Printable(text, 64);
  for (const char c : shown) KW_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  KW_CHECK(DisplayWidth(shown) <= 64 * 8 + 1);
  if (const auto time = ParseTime(text)) {
    const auto again = ParseTime(FormatTime(*time));
    KW_CHECK(again.has_value());
    KW_CHECK(FormatTime(*again) == FormatTime(*time));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'q': TryRequest(text); break;
    case 'r': TryReply(text); break;
    case 't': TryText(text); break;
    default: break;
  }
  return 0;
}
