// SPDX-License-Identifier: Apache-2.0
#include "agent/model/incident.h"

namespace keyward {
namespace {

std::string TechniqueOf(AssetClass asset_class, Operation operation) {
  switch (asset_class) {
    case AssetClass::kBrowserSecret: return "T1555.003";  // credentials from web browsers
    case AssetClass::kKeyring: return "T1555";            // credentials from password stores
    case AssetClass::kPasswordStore: return "T1555.005";  // password managers
    case AssetClass::kPrivateKey: return "T1552.004";     // private keys
    case AssetClass::kWalletCode: return "T1554";         // compromise host software binary
    case AssetClass::kStartupFile: return "T1546.004";    // unix shell configuration modification
    case AssetClass::kDevice: return "T1120";             // peripheral device discovery
    case AssetClass::kWalletSecret:
    case AssetClass::kBrowserWallet:
    case AssetClass::kCredential:
    case AssetClass::kProjectSecret:
    case AssetClass::kWatchOnly: break;
  }
  if (operation == Operation::kDelete) return "T1485";  // data destruction
  return "T1552.001";                                   // credentials in files
}

bool IsArchiver(const Subject& subject) {
  for (const auto name : {"tar", "zip", "7z", "7za", "7zz", "rar", "cpio", "bsdtar"}) {
    const std::string& path = subject.executable.path;
    const auto slash = path.rfind('/');
    if (path.substr(slash == std::string::npos ? 0 : slash + 1) == name) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> AttackTechniques(AssetClass asset_class, Operation operation,
                                          const Subject& subject) {
  std::vector<std::string> ids{TechniqueOf(asset_class, operation)};
  if (IsArchiver(subject)) ids.push_back("T1560.001");  // archive via utility
  if (subject.taints.Has(Taint::kHostileEnvironment)) ids.push_back("T1574.006");
  if (subject.taints.Has(Taint::kTraced)) ids.push_back("T1055.008");
  if (subject.taints.Has(Taint::kMemoryExecutable)) ids.push_back("T1620");
  return ids;
}

RecordedProcess Record(const Subject& subject) {
  RecordedProcess r;
  r.pid = subject.process.pid;
  r.start_ticks = subject.process.start_ticks;
  r.uid = subject.uid;
  r.login_uid = subject.login_uid;
  r.session = subject.session;
  r.exe = subject.executable.path;
  if (subject.executable.sha256) r.sha256 = ToHex(*subject.executable.sha256);
  const ProgramFile& program = subject.program();
  if (program.package) r.package = program.package->name + " " + program.package->version;
  if (subject.script) {
    switch (subject.script->source) {
      case ScriptSource::kFile: r.script = subject.script->file.path; break;
      case ScriptSource::kModule: r.script = "-m " + subject.script->module; break;
      case ScriptSource::kArgument: r.script = "-c"; break;
      case ScriptSource::kStandardInput: r.script = "stdin"; break;
    }
    if (subject.script->file.sha256) r.script_sha256 = ToHex(*subject.script->file.sha256);
  }
  r.argv = subject.argv;
  r.cwd = subject.cwd;
  r.cgroup = subject.cgroup;
  for (const Evidence& e : program.evidence) r.evidence.push_back(e.detail);
  return r;
}

}  // namespace keyward
