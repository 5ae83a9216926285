// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <type_traits>

#include "agent/control/replies.h"

// The keys of every reply, once: `Archive` is a writer or a reader (replies.cc). A key once
// published keeps its meaning; docs/CLI.md lists them.
namespace keyward::control {

template <class R, class T>
concept Is = std::same_as<std::remove_const_t<R>, T>;

template <class Archive, Is<HelloReply> R>
void Fields(Archive& a, R& r) {
  a("protocol", r.protocol);
  a("version", r.version);
}

template <class Archive, Is<AssetRow> R>
void Fields(Archive& a, R& r) {
  a("id", r.id);
  a("name", r.name);
  a("kind", r.kind);
  a("class", r.asset_class);
  a("severity", r.severity);
  a("path", r.path);
  a("uid", r.uid);
  a("user", r.user);
}

template <class Archive, Is<IncidentLine> R>
void Fields(Archive& a, R& r) {
  a("id", r.id);
  a("last", r.last);
  a("uid", r.uid);
  a("verdict", r.outcome);
  a("program", r.program);
  a("asset_name", r.asset_name);
}

template <class Archive, Is<GroupSummary> R>
void Fields(Archive& a, R& r) {
  a("group", r.group);
  a("count", r.count);
  a("names", r.names);
}

template <class Archive, Is<UserSummary> R>
void Fields(Archive& a, R& r) {
  a("uid", r.uid);
  a("user", r.user);
  a("count", r.count);
  a("groups", r.groups);
}

template <class Archive, Is<NotCovered> R>
void Fields(Archive& a, R& r) {
  a("uid", r.uid);
  a("path", r.path);
  a("why", r.why);
}

template <class Archive, Is<StatusReply> R>
void Fields(Archive& a, R& r) {
  a("version", r.version);
  a("engine", r.engine);
  a("identity", r.identity);
  a("kernel", r.kernel);
  a("policy_version", r.policy_version);
  a("policy_serial", r.policy_serial);
  a("monitoring", r.monitoring);
  a("monitoring_until", r.monitoring_until);
  a("since", r.since);
  a("users", r.users);
  a("stopped_today", r.stopped_today);
  a("newest", r.newest);
  a("not_covered", r.not_covered);
}

template <class Archive, Is<EvidenceRow> R>
void Fields(Archive& a, R& r) {
  a("kind", r.kind);
  a("supports", r.supports);
  a("detail", r.detail);
}

template <class Archive, Is<ExplainProgram> R>
void Fields(Archive& a, R& r) {
  a("id", r.id);
  a("exe", r.exe);
  a.NullIfEmpty("script", r.script);
  a.NullIfEmpty("package", r.package);
  a.NullIfEmpty("sha256", r.sha256);
  a("standing", r.standing);
  a("evidence", r.evidence);
}

template <class Archive, Is<Location> R>
void Fields(Archive& a, R& r) {
  a("file", r.file);
  a("line", r.line);
}

template <class Archive, Is<ExplainReply> R>
void Fields(Archive& a, R& r) {
  a("path", r.path);
  a.NullIfEmpty("asset", r.asset);
  a.NullIfEmpty("asset_name", r.asset_name);
  a("asset_where", r.asset_where);
  a("operation", r.operation);
  a("pid", r.pid);
  a("program", r.program);
  a("taints", r.taints);
  a("taint_details", r.taint_details);
  a.NullIfEmpty("judged_as", r.judged_as);
  a("ancestry", r.ancestry);
  a("verdict", r.verdict);
  a("monitored", r.monitored);
  a.Object("rule", [&r](auto& rule) {
    rule.NullIfEmpty("id", r.rule);
    rule("file", r.rule_where.file);
    rule("line", r.rule_where.line);
    rule.NullIfEmpty("meaning", r.rule_meaning);
  });
  a.NullIfEmpty("message", r.message);
  a.NullIfEmpty("link", r.link);
  a("reason", r.reason);
  a.NullIfEmpty("to_allow", r.to_allow);
}

template <class Archive, Is<CoverageItem> R>
void Fields(Archive& a, R& r) {
  a("id", r.id);
  a("what", r.what);
  a("level", r.level);
  a("how", r.how);
}

template <class Archive, Is<DoctorCheck> R>
void Fields(Archive& a, R& r) {
  a("id", r.id);
  a("state", r.state);
  a("what", r.what);
  a.NullIfEmpty("hint", r.hint);
}

template <class Archive, Is<DoctorReply> R>
void Fields(Archive& a, R& r) {
  a("version", r.version);
  a("engine", r.coverage.engine);
  a("identity", r.coverage.identity);
  a("kernel", r.coverage.kernel);
  a("coverage", r.coverage.items);
  a("not_covered", r.coverage.not_covered);
  a("checks", r.checks);
  a.Map("counters", r.counters);
}

template <class Archive, Is<ApprovalRow> R>
void Fields(Archive& a, R& r) {
  a.Constant("kind", "approval");
  a("id", r.id);
  a("uid", r.uid);
  a("asset", r.asset);
  a("asset_name", r.asset_name);
  a("program_path", r.program_path);
  a.NullIfEmpty("sha256", r.sha256);
  a.NullIfEmpty("package", r.package);
  a("read", r.read);
  a("write", r.write);
  a("expires", r.expires);
  a("until_exit", r.until_exit);
  a("created", r.created);
  a("authority", r.authority);
}

template <class Archive, Is<ProtectedRow> R>
void Fields(Archive& a, R& r) {
  a.Constant("kind", "protected");
  a("id", r.id);
  a("uid", r.uid);
  a("path", r.path);
  a("directory", r.directory);
  a("programs", r.programs);
  a("created", r.created);
}

template <class Archive, Is<RuleRow> R>
void Fields(Archive& a, R& r) {
  a("id", r.id);
  a("file", r.where.file);
  a("line", r.where.line);
  a("layer", r.layer);
  a.NullIfEmpty("meaning", r.meaning);
}

template <class Archive, Is<LayerRow> R>
void Fields(Archive& a, R& r) {
  a("layer", r.layer);
  a("files", r.files);
}

template <class Archive, Is<Finding> R>
void Fields(Archive& a, R& r) {
  a("level", r.level);
  a("file", r.where.file);
  a("line", r.where.line);
  a("message", r.message);
  a.NullIfEmpty("hint", r.hint);
}

template <class Archive, Is<PolicyReply> R>
void Fields(Archive& a, R& r) {
  a("version", r.version);
  a("serial", r.serial);
  a("monitoring", r.monitoring);
  a("next_change", r.next_change);
  a("assets", r.assets);
  a("layers", r.layers);
  a("rules", r.rules);
  a("findings", r.findings);
}

template <class Archive, Is<OverrideReply> R>
void Fields(Archive& a, R& r) {
  a("monitoring", r.monitoring);
  a("until", r.until);
}

template <class Archive, Is<QuestionRow> R>
void Fields(Archive& a, R& r) {
  a("id", r.id);
  a("uid", r.uid);
  a("deadline", r.deadline);
  a("asset", r.asset);
  a("asset_name", r.asset_name);
  a("path", r.path);
  a("operation", r.operation);
  a("program", r.program);
  a("pid", r.pid);
  a("evidence", r.evidence);
}

}  // namespace keyward::control
