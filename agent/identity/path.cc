// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/path.h"

namespace keyward::identity {

std::string_view BaseName(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string Absolute(std::string_view path, std::string_view cwd) {
  std::string whole;
  if (path.empty() || path.front() != '/') {
    if (cwd.empty()) return {};
    whole.append(cwd).push_back('/');
  }
  whole.append(path);

  std::string out;
  for (std::size_t begin = 0; begin < whole.size();) {
    auto end = whole.find('/', begin);
    if (end == std::string::npos) end = whole.size();
    const std::string_view component(whole.data() + begin, end - begin);
    if (!component.empty() && component != ".") out.append("/").append(component);
    begin = end + 1;
  }
  return out.empty() ? "/" : out;
}

}  // namespace keyward::identity
