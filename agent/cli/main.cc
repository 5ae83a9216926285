// SPDX-License-Identifier: Apache-2.0
// keyward: the command line.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "agent/cli/command.h"
#include "agent/cli/documents.h"
#include "agent/cli/parse.h"
#include "platform/include/command_host.h"

namespace {

using keyward::Error;
using keyward::ErrorCode;
using keyward::cli::Arguments;
using keyward::cli::Exit;
using keyward::cli::Output;

bool Coloured(const Arguments& arguments, keyward::platform::CommandHost& host) {
  const std::string when = arguments.Value("--color");
  if (when == "always") return true;
  if (when == "never") return false;
  const char* const no_colour = std::getenv("NO_COLOR");
  return host.OutputIsTerminal() && (no_colour == nullptr || no_colour[0] == '\0');
}

keyward::Result<> WriteFile(const std::string& path, const std::string& text) {
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "wb"));
  if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fflush(file.get()) != 0)
    return Error{ErrorCode::kIo, "write " + path + ": could not be written", "", 0};
  return {};
}

Exit WriteManPages(const std::string& directory) {
  for (const keyward::cli::ManPage& page : keyward::cli::ManPages()) {
    const keyward::Result<> written = WriteFile(directory + "/" + page.file, page.text);
    if (!written) return keyward::cli::Fail(written.error());
  }
  return Exit::kFine;
}

Exit Run(const keyward::cli::Parsed& parsed, keyward::platform::CommandHost& host, Output& out) {
  const Arguments& arguments = parsed.arguments;
  if (arguments.Has("--version")) {
    out.Line("keyward " KEYWARD_VERSION);
    return Exit::kFine;
  }
  if (arguments.Has("--help")) {
    out.Write(keyward::cli::HelpText(parsed.command, out.width()));
    return Exit::kFine;
  }
  if (arguments.Has(keyward::cli::kGenerateMan))
    return WriteManPages(arguments.Value(keyward::cli::kGenerateMan));
  if (arguments.Has(keyward::cli::kGenerateCompletion)) {
    const auto script =
        keyward::cli::CompletionScript(arguments.Value(keyward::cli::kGenerateCompletion));
    if (!script) return keyward::cli::Fail(script.error());
    out.Write(*script);
    return Exit::kFine;
  }
  if (parsed.command == nullptr || parsed.command->run == nullptr) {
    const std::string above =
        parsed.command == nullptr ? "" : std::string(parsed.command->path) + " ";
    return keyward::cli::FailUsage(above + "needs a command",
                                   "keyward " + above + "--help lists them");
  }
  const auto now =
      std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  return parsed.command->run(keyward::cli::Context{host, out, arguments, now});
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = keyward::cli::ParseCommandLine(argc, argv);
  if (!parsed) return static_cast<int>(Exit::kUsage);
  const auto host = keyward::platform::MakeCommandHost();
  host->IgnoreClosedPipe();
  Output out(Coloured(parsed->arguments, *host), host->TerminalWidth());
  const Exit status = Run(*parsed, *host, out);
  out.Flush();
  if (out.failed())
    return static_cast<int>(keyward::cli::Fail(
        Error{ErrorCode::kIo, "write the output: it could not be written", "", 0}));
  return static_cast<int>(status);
}
