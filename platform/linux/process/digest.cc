// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/digest.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <vector>

namespace keyward::linux_os {
namespace {

constexpr std::size_t kBlock = 128 * 1024;

struct FreeContext {
  void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

Context NewContext(const EVP_MD* kind) {
  Context c(EVP_MD_CTX_new());
  if (c && EVP_DigestInit_ex(c.get(), kind, nullptr) != 1) c.reset();
  return c;
}

std::string Hex(const unsigned char* bytes, std::size_t n) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * n);
  for (std::size_t i = 0; i < n; ++i) {
    hex.push_back(kDigits[bytes[i] >> 4]);
    hex.push_back(kDigits[bytes[i] & 15]);
  }
  return hex;
}

}  // namespace

Result<Digests> DigestOf(int fd, std::uint64_t most) {
  const Context sha = NewContext(EVP_sha256());
  const Context md5 = NewContext(EVP_md5());
  if (!sha || !md5) return Error{ErrorCode::kInternal, "set up SHA-256 and MD5", "", 0};

  Digests digests;
  std::vector<unsigned char> block(kBlock);
  for (;;) {
    const ssize_t n = ::pread(fd, block.data(), block.size(), static_cast<off_t>(digests.bytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return OsError("read a program file", errno);
    if (n == 0) break;
    digests.bytes += static_cast<std::uint64_t>(n);
    if (digests.bytes > most)
      return Error{ErrorCode::kFull, "digest a program file: it is too large", "", 0};
    EVP_DigestUpdate(sha.get(), block.data(), static_cast<std::size_t>(n));
    EVP_DigestUpdate(md5.get(), block.data(), static_cast<std::size_t>(n));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum;
  unsigned int length = 0;
  EVP_DigestFinal_ex(sha.get(), digests.sha256.bytes.data(), &length);
  EVP_DigestFinal_ex(md5.get(), sum.data(), &length);
  digests.md5 = Hex(sum.data(), length);
  return digests;
}

}  // namespace keyward::linux_os
