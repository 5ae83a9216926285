// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/identity/fake_files.h"

#include <functional>
#include <utility>

namespace keyward::identity {
namespace {

bool IsBelow(const std::string& path, const std::string& directory) {
  return path == directory || path.starts_with(directory + "/");
}

}  // namespace

FakeFiles::FakeFiles() {
  for (const char* path : {"/usr/bin/python3.11",
                           "/usr/bin/node",
                           "/usr/bin/bash",
                           "/usr/bin/dash",
                           "/usr/bin/cat",
                           "/usr/bin/electrum",
                           "/usr/bin/gnome-terminal-server",
                           "/usr/bin/systemd",
                           "/usr/bin/java",
                           "/usr/bin/perl",
                           "/usr/bin/firefox",
                           "/usr/lib/firefox/firefox",
                           "/usr/bin/restic",
                           "/usr/lib64/ld-linux-x86-64.so.2",
                           "/usr/bin/monero-wallet-cli",
                           "/home/alice/thief.py",
                           "/home/alice/thief.js",
                           "/home/alice/bin/cat",
                           "/home/alice/wallet",
                           "/home/alice/thief.sh",
                           "/usr/bin/npm-cli.js",
                           "/usr/bin/chromium"})
    Add(path);
  AddLink("/usr/bin/python3", "/usr/bin/python3.11");
  AddLink("/home/alice/link", "/usr/bin/electrum");
}

ProgramFile FakeFiles::Describe(const std::string& path) {
  ProgramFile file;
  const auto it = files_.find(path);
  if (it == files_.end()) {
    file.path = path;
    file.evidence.push_back({EvidenceKind::kMissing, "no such file"});
    return file;
  }
  file.path = it->second;
  file.id = {1, std::hash<std::string>()(file.path) | 1};
  file.evidence.push_back(
      {OthersCanWrite(file.path) ? EvidenceKind::kUserWritable : EvidenceKind::kRootOwned, ""});
  return file;
}

bool FakeFiles::OthersCanWrite(const std::string& path) {
  return IsBelow(path, "/home") || IsBelow(path, "/tmp");
}

std::vector<std::string> FakeFiles::Names(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& [path, target] : files_)
    if (IsBelow(path, directory) && path.find('/', directory.size() + 1) == std::string::npos)
      names.push_back(path.substr(directory.size() + 1));
  return names;
}

IdentityRules Rules() {
  InterpreterRule python;
  python.id = "python";
  python.names = {"python3", "python3.*"};
  python.code_options = {"-c"};
  python.module_options = {"-m"};
  python.value_options = {"-W", "-X", "--check-hash-based-pycs"};
  InterpreterRule node;
  node.id = "node";
  node.names = {"node"};
  node.code_options = {"-e", "--eval", "-p", "--print"};
  node.value_options = {"-C", "--conditions"};
  node.preload_options = {"-r", "--require", "--import"};
  node.subcommands = {"inspect"};
  InterpreterRule java;
  java.id = "java";
  java.names = {"java"};
  java.script_options = {"-jar"};
  java.module_options = {"--module"};
  java.value_options = {"-cp", "--class-path"};
  java.preload_options = {"-javaagent:"};
  InterpreterRule perl;
  perl.id = "perl";
  perl.names = {"perl"};
  perl.code_options = {"-e", "-E"};
  perl.preload_options = {"-I", "-M"};
  InterpreterRule shell;
  shell.id = "shell";
  shell.names = {"sh", "bash", "dash"};
  shell.code_options = {"-c"};
  shell.value_options = {"-o", "-O", "--rcfile"};
  shell.shell = true;

  IdentityRules rules;
  rules.interpreters = {python, node, java, perl, shell};
  rules.tools = {{"shell", {"sh", "bash", "dash"}},
                 {"coreutils", {"cat", "cp"}},
                 {"service-manager", {"systemd"}}};
  rules.loaders = {"ld-linux*.so*"};
  rules.environment = {
      {"LD_PRELOAD", EnvironmentTest::kPaths, {}, {}},
      {"LD_LIBRARY_PATH", EnvironmentTest::kPaths, {}, {}},
      {"GTK_MODULES", EnvironmentTest::kPaths, {}, {}},
      {"PYTHONPATH", EnvironmentTest::kPaths, {}, {"python"}},
      {"PYTHONINSPECT", EnvironmentTest::kPresent, {}, {"python"}},
      {"NODE_OPTIONS", EnvironmentTest::kOptions, {"--require", "-r", "--inspect"}, {}},
      {"JAVA_TOOL_OPTIONS", EnvironmentTest::kOptions, {"-javaagent"}, {}},
      {"DYLD_*", EnvironmentTest::kPaths, {}, {}}};
  return rules;
}

InterpreterRule InterpreterNamed(const std::string& id) {
  for (const InterpreterRule& rule : Rules().interpreters)
    if (rule.id == id) return rule;
  return {};
}

ExecFacts Exec(const std::string& exe, std::vector<std::string> argv, FakeFiles& files,
               SubjectPtr parent) {
  ExecFacts facts;
  facts.executable = files.Describe(exe);
  facts.argv = std::move(argv);
  facts.cwd = "/home/alice";
  facts.homes = {"/home/alice"};
  facts.uid = 1000;
  facts.environment = {"HOME=/home/alice", "PATH=/usr/bin:/bin", "LANG=C.UTF-8"};
  facts.parent = std::move(parent);
  return facts;
}

}  // namespace keyward::identity
