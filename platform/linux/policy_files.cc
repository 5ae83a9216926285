// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/policy_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {
namespace {

constexpr std::size_t kMaxFileBytes = 1024 * 1024;
constexpr std::size_t kMaxFiles = 2000;
constexpr std::size_t kMaxLayerBytes = 16 * 1024 * 1024;
constexpr int kMaxDepth = 8;
constexpr std::string_view kExtension = ".toml";

Error Invalid(std::string what) { return Error{ErrorCode::kInvalid, std::move(what), "", 0}; }

// Reads one layer; holds what has been read so far and the bounds.
class LayerReader {
 public:
  // `trusted`: whether it matters who else could write what is read.
  explicit LayerReader(bool trusted) : trusted_(trusted) {}

  std::vector<policy::SourceFile> files;

  Result<> ReadDirectory(const std::string& path, const std::string& shown, bool recursive) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return OsError("open " + path, errno);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return OsError("look at " + path, errno);
    owner_ = info.st_uid;
    return Walk(std::move(fd), info, shown, recursive ? kMaxDepth : 0);
  }

  Result<> ReadOne(int directory, const std::string& name, const std::string& shown) {
    const UniqueFd fd(::openat(directory, name.c_str(),
                               O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
    if (!fd) return OsError("open " + shown, errno);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return OsError("look at " + shown, errno);
    if (!S_ISREG(info.st_mode)) return Invalid(shown + ": not a regular file");
    if (!MayBeRead(info)) return Writable(shown);
    policy::SourceFile file{shown, ""};
    const Result<> read = ReadText(fd, shown, file.text);
    if (!read) return read.error();
    bytes_ += file.text.size();
    files.push_back(std::move(file));
    if (files.size() > kMaxFiles || bytes_ > kMaxLayerBytes)
      return Invalid(shown + ": the policy files before it are already too many or too large");
    return {};
  }

 private:
  bool MayBeRead(const struct stat& info) const {
    if (!trusted_) return true;
    const bool owned = info.st_uid == 0 || info.st_uid == ::geteuid() || info.st_uid == owner_;
    return owned && (info.st_mode & 022) == 0;
  }

  static Error Writable(const std::string& shown) {
    return Error{ErrorCode::kDenied, shown + ": others than its administrator can write it",
                 "chmod go-w, and give it to root", 0};
  }

  Result<> Walk(UniqueFd fd, const struct stat& info, const std::string& shown, int depth) {
    if (!MayBeRead(info)) return Writable(shown);
    struct DirClose {
      void operator()(DIR* dir) const { ::closedir(dir); }
    };
    const std::unique_ptr<DIR, DirClose> dir(::fdopendir(fd.get()));
    if (!dir) return OsError("list " + shown, errno);
    const int directory = fd.Release();  // closed with `dir`
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(dir.get()))
      if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      const Result<> entered = Enter(directory, name, shown + "/" + name, depth);
      if (!entered) return entered.error();
    }
    return {};
  }

  Result<> Enter(int directory, const std::string& name, const std::string& shown, int depth) {
    struct stat info {};
    if (::fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
      return OsError("look at " + shown, errno);
    if (S_ISDIR(info.st_mode)) {
      if (depth == 0) return {};
      UniqueFd below(
          ::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
      if (!below) return OsError("open " + shown, errno);
      return Walk(std::move(below), info, shown, depth - 1);
    }
    const bool toml = name.size() > kExtension.size() &&
                      std::string_view(name).substr(name.size() - kExtension.size()) == kExtension;
    return toml ? ReadOne(directory, name, shown) : Result<>();
  }

  static Result<> ReadText(const UniqueFd& fd, const std::string& shown, std::string& text) {
    std::array<char, 16384> buffer;
    for (;;) {
      const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return OsError("read " + shown, errno);
      if (got == 0) return {};
      text.append(buffer.data(), static_cast<std::size_t>(got));
      if (text.size() > kMaxFileBytes) return Invalid(shown + ": larger than 1 MiB");
    }
  }

  bool trusted_;
  uid_t owner_ = 0;
  std::size_t bytes_ = 0;
};

std::string LastComponent(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos || path.size() == 1 ? path : path.substr(slash + 1);
}

Result<policy::Layer> ReadLayer(policy::LayerKind kind, const std::string& directory,
                                bool recursive) {
  LayerReader reader(true);
  const Result<> read = reader.ReadDirectory(directory, LastComponent(directory), recursive);
  if (!read) return read.error();
  return policy::Layer{kind, std::move(reader.files)};
}

// The files that the daemon itself keeps; those that are not there yet are left out.
Result<policy::Layer> ReadUserLayer(const std::string& state_dir) {
  policy::Layer layer{policy::LayerKind::kUser, {}};
  const UniqueFd directory(::open(state_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    if (errno == ENOENT) return layer;
    return OsError("open " + state_dir, errno);
  }
  LayerReader reader(true);
  for (const char* name : {kApprovalsFile, kProtectedFile}) {
    const Result<> read =
        reader.ReadOne(directory.get(), name, LastComponent(state_dir) + "/" + name);
    if (!read && read.error().code != ErrorCode::kNotFound) return read.error();
  }
  layer.files = std::move(reader.files);
  return layer;
}

}  // namespace

Result<std::vector<policy::Layer>> ReadLayers(const std::string& policy_dir,
                                              const std::string& admin_dir,
                                              const std::string& state_dir) {
  std::vector<policy::Layer> layers;
  if (!policy_dir.empty()) {
    Result<policy::Layer> layer = ReadLayer(policy::LayerKind::kCatalogue, policy_dir, true);
    if (!layer) return layer.error();
    layers.push_back(std::move(*layer));
  }
  if (!admin_dir.empty()) {
    Result<policy::Layer> layer = ReadLayer(policy::LayerKind::kAdministrator, admin_dir, false);
    if (layer)
      layers.push_back(std::move(*layer));
    else if (layer.error().code != ErrorCode::kNotFound)
      return layer.error();
  }
  if (!state_dir.empty()) {
    Result<policy::Layer> layer = ReadUserLayer(state_dir);
    if (!layer) return layer.error();
    if (!layer->files.empty()) layers.push_back(std::move(*layer));
  }
  return layers;
}

Result<std::vector<policy::SourceFile>> ReadPolicyFiles(const std::string& path, bool recursive) {
  LayerReader reader(false);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return OsError("open " + path, errno);
  const Result<> read = S_ISDIR(info.st_mode)
                            ? reader.ReadDirectory(path, LastComponent(path), recursive)
                            : reader.ReadOne(AT_FDCWD, path, path);
  if (!read) return read.error();
  return std::move(reader.files);
}

}  // namespace keyward::linux_os
