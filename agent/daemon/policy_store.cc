// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/policy_store.h"

#include <algorithm>
#include <utility>

#include "agent/control/timestamp.h"
#include "agent/model/clock.h"

namespace keyward::daemon {
namespace {

using policy::Layer;
using policy::LayerKind;

// The administrator's files of the last policy that compiled, one after the other in one file.
constexpr const char* kLastGood = "last-good.policy";
constexpr std::string_view kFileMark = "\n# keyward-file: ";

std::string Pack(const Layer& layer) {
  std::string text;
  for (const auto& file : layer.files) {
    text += kFileMark;
    text += file.name + "\n" + file.text;
  }
  return text;
}

Layer Unpack(LayerKind kind, std::string_view text) {
  Layer layer{kind, {}};
  for (std::size_t at = text.find(kFileMark); at != std::string_view::npos;) {
    const std::size_t name = at + kFileMark.size();
    const std::size_t body = text.find('\n', name);
    if (body == std::string_view::npos) break;
    at = text.find(kFileMark, body);
    layer.files.push_back(
        {std::string(text.substr(name, body - name)),
         std::string(text.substr(body + 1, at == std::string_view::npos ? at : at - body - 1))});
  }
  return layer;
}

template <class Items>
std::uint64_t NextId(const Items& items) {
  std::uint64_t id = 0;
  for (const auto& item : items) id = std::max(id, item.id);
  return id + 1;
}

policy::UserLayer Lasting(policy::UserLayer people) {
  std::erase_if(people.approvals, [](const policy::Approval& a) { return a.exec_id.has_value(); });
  return people;
}

}  // namespace

Result<platform::PolicyPtr> PolicyStore::Compile(const std::vector<Layer>& layers,
                                                 Findings& findings) const {
  policy::CompiledPolicy::Options options;
  options.now = Now();
  return policy::CompiledPolicy::Compile(layers, options, findings);
}

std::vector<Layer> PolicyStore::WithPeople(const policy::UserLayer& people,
                                           const std::optional<Time>& override_until) const {
  std::vector<Layer> layers = layers_;
  if (override_until) {
    auto admin = std::find_if(layers.begin(), layers.end(), [](const Layer& layer) {
      return layer.kind == LayerKind::kAdministrator;
    });
    if (admin == layers.end())
      admin = layers.insert(layers.end(), Layer{LayerKind::kAdministrator, {}});
    admin->files.push_back({"override", "[override]\nmode = \"monitor\"\nuntil = " +
                                            control::FormatTime(*override_until) + "\n"});
  }
  Layer user{LayerKind::kUser, {}};
  user.files.push_back({"approvals.toml", policy::WriteApprovals(people, true)});
  user.files.push_back({"protected.toml", policy::WriteProtectedPaths(people)});
  layers.push_back(std::move(user));
  return layers;
}

Result<> PolicyStore::ReadFiles() {
  auto read = host_.ReadLayers();
  if (!read) return read.error();
  std::string approvals;
  std::string protected_paths;
  for (const Layer& layer : *read) {
    if (layer.kind != LayerKind::kUser) continue;
    for (const auto& file : layer.files)
      (file.name.find("approvals") != std::string::npos ? approvals : protected_paths) = file.text;
  }
  Findings findings;
  auto people = policy::ParseUserLayer(approvals, protected_paths, findings);
  if (!people) {
    findings_ = std::move(findings);
    return people.error();
  }
  // What holds until a program quits is not on disk.
  for (const policy::Approval& a : people_.approvals)
    if (a.exec_id) people->approvals.push_back(a);
  std::erase_if(*read, [](const Layer& layer) { return layer.kind == LayerKind::kUser; });
  layers_ = std::move(*read);
  people_ = std::move(*people);
  return {};
}

Result<> PolicyStore::Load() {
  if (auto read = ReadFiles(); !read) return read.error();
  Findings findings;
  auto compiled = Compile(WithPeople(people_, override_until_), findings);
  findings_ = std::move(findings);
  if (!compiled) return FallBack();
  current_ = std::move(*compiled);
  RememberGood();
  return {};
}

Result<> PolicyStore::FallBack() {
  auto last = host_.ReadStateFile(kLastGood);
  const std::string text = last ? *last : std::string();
  for (Layer& layer : layers_)
    if (layer.kind == LayerKind::kAdministrator) layer = Unpack(layer.kind, text);
  Findings ignored;  // findings_ keeps what is wrong with the files as they are
  auto compiled = Compile(WithPeople(people_, override_until_), ignored);
  if (!compiled) return compiled.error();
  current_ = std::move(*compiled);
  uses_last_good_ = true;
  return {};
}

void PolicyStore::RememberGood() {
  uses_last_good_ = false;
  for (const Layer& layer : layers_)
    if (layer.kind == LayerKind::kAdministrator) {
      const std::string text = Pack(layer);
      const auto known = host_.ReadStateFile(kLastGood);
      if (known && *known == text) return;
      // A disk that is full now costs only the fallback of the next start.
      if (auto written = host_.WriteStateFile(kLastGood, text); !written) return;
    }
}

Result<> PolicyStore::Reload() {
  const auto layers = layers_;
  const auto people = people_;
  if (auto read = ReadFiles(); !read) return read.error();
  Findings findings;
  auto compiled = Compile(WithPeople(people_, override_until_), findings);
  findings_ = std::move(findings);
  if (!compiled) {
    layers_ = layers;
    people_ = people;
    return compiled.error();
  }
  current_ = std::move(*compiled);
  RememberGood();
  return {};
}

Result<> PolicyStore::Change(policy::UserLayer people) {
  Findings findings;
  auto compiled = Compile(WithPeople(people, override_until_), findings);
  if (!compiled) {
    Error error = compiled.error();
    for (const Finding& finding : findings)
      if (finding.level == FindingLevel::kError) {
        error.what = finding.message;
        error.hint = finding.hint;
        break;
      }
    return error;
  }
  const policy::UserLayer lasting = Lasting(people);
  if (auto done = host_.WriteStateFile("approvals.toml", policy::WriteApprovals(lasting)); !done)
    return done.error();
  if (auto done = host_.WriteStateFile("protected.toml", policy::WriteProtectedPaths(lasting));
      !done)
    return done.error();
  people_ = std::move(people);
  current_ = std::move(*compiled);
  return {};
}

Result<policy::Approval> PolicyStore::Approve(policy::Approval approval) {
  policy::UserLayer people = people_;
  approval.id = NextId(people.approvals);
  approval.created = Now();
  people.approvals.push_back(approval);
  if (auto changed = Change(std::move(people)); !changed) return changed.error();
  return approval;
}

Result<policy::Approval> PolicyStore::RemoveApproval(std::uint64_t id) {
  policy::UserLayer people = people_;
  const auto at = std::find_if(people.approvals.begin(), people.approvals.end(),
                               [id](const policy::Approval& a) { return a.id == id; });
  if (at == people.approvals.end())
    return Error{ErrorCode::kNotFound, "no approval " + std::to_string(id)};
  policy::Approval removed = std::move(*at);
  people.approvals.erase(at);
  if (auto changed = Change(std::move(people)); !changed) return changed.error();
  return removed;
}

Result<policy::ProtectedPath> PolicyStore::Protect(policy::ProtectedPath path) {
  policy::UserLayer people = people_;
  for (const policy::ProtectedPath& known : people.protected_paths)
    if (known.uid == path.uid && known.path == path.path)
      return Error{ErrorCode::kInvalid, path.path + " is protected already",
                   "keyward unprotect it first to change who may use it"};
  path.id = NextId(people.protected_paths);
  path.created = Now();
  people.protected_paths.push_back(path);
  if (auto changed = Change(std::move(people)); !changed) return changed.error();
  return path;
}

Result<policy::ProtectedPath> PolicyStore::Unprotect(std::uint32_t uid, const std::string& path) {
  policy::UserLayer people = people_;
  const auto at =
      std::find_if(people.protected_paths.begin(), people.protected_paths.end(),
                   [&](const policy::ProtectedPath& p) { return p.uid == uid && p.path == path; });
  if (at == people.protected_paths.end())
    return Error{ErrorCode::kNotFound, path + " was not protected by you",
                 "keyward assets lists what is protected and why"};
  policy::ProtectedPath removed = std::move(*at);
  people.protected_paths.erase(at);
  if (auto changed = Change(std::move(people)); !changed) return changed.error();
  return removed;
}

Result<> PolicyStore::SetOverride(std::optional<Time> until) {
  Findings findings;
  auto compiled = Compile(WithPeople(people_, until), findings);
  if (!compiled) return compiled.error();
  override_until_ = until;
  current_ = std::move(*compiled);
  return {};
}

}  // namespace keyward::daemon
