// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>

#include "agent/cli/documents.h"

namespace keyward::cli {
namespace {

// Text as roff: no line may start with a control character, and hyphens are to be copied.
std::string Roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    line_start = c == '\n';
  }
  return out;
}

// Characters beyond ASCII by their names, for a formatter that knows no UTF-8.
std::string Ascii(const std::string& page) {
  constexpr std::string_view kEllipsis = "…";
  std::string out;
  for (std::size_t at = 0; at < page.size();) {
    const bool ellipsis = page.compare(at, kEllipsis.size(), kEllipsis) == 0;
    out += ellipsis ? "\\[u2026]" : page.substr(at, 1);
    at += ellipsis ? kEllipsis.size() : 1;
  }
  return out;
}

std::string Upper(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string Heading(std::string_view page, std::string_view summary) {
  return ".\\\" Made by keyward --generate-man.\n.TH " + Upper(page) +
         " 1 \"\" \"keyward " KEYWARD_VERSION "\" \"Keyward\"\n.SH NAME\n" + Roff(page) + " \\- " +
         Roff(summary) + "\n";
}

std::string List(std::span<const ArgumentSpec> arguments) {
  std::string out;
  for (const ArgumentSpec& argument : arguments) {
    out += ".TP\n.B " + Roff(argument.name);
    if (argument.name == "--help") out = out + ", \\-h";
    if (!argument.value.empty()) out += " \\fI" + Roff(argument.value) + "\\fR";
    out += "\n" + Roff(argument.help) + "\n";
  }
  return out;
}

std::string Paragraphs(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", at), text.size());
    out += (out.empty() ? "" : ".PP\n") + Roff(text.substr(at, end - at)) + "\n";
    at = end + 2;
  }
  return out;
}

std::string Examples(const CommandSpec& command) {
  if (command.examples.empty()) return "";
  return ".PP\n.EX\n" + Roff(command.examples) + ".EE\n";
}

std::string ExitStatus() {
  return ".SH EXIT STATUS\n.TP\n.B 0\nFine.\n.TP\n.B 1\nThe answer is no: denied, mistakes found, "
         "or it failed.\n.TP\n.B 2\nUsage or bad input.\n.TP\n.B 3\nThe daemon cannot be reached.\n"
         ".TP\n.B 4\nNot permitted.\n";
}

std::string CommandPage(const CommandSpec& command, const std::string& page) {
  std::string out = Heading(page, command.summary);
  out += ".SH SYNOPSIS\n.B " + Roff(Usage(command)) + "\n";
  out += ".SH DESCRIPTION\n" + Paragraphs(command.description) + Examples(command);
  if (!command.arguments.empty()) out += ".SH OPTIONS\n" + List(command.arguments);
  for (const CommandSpec* sub : SubcommandsOf(command.path)) {
    out += ".SH " + Upper(sub->path) + "\n.B " + Roff(Usage(*sub)) + "\n.PP\n";
    out += Paragraphs(sub->description) + Examples(*sub) + List(sub->arguments);
  }
  out += ".SH OPTIONS OF EVERY COMMAND\n" + List(CommonArguments()) + ExitStatus();
  return out + ".SH SEE ALSO\n.BR keyward (1),\n.BR keywardd (8)\n";
}

std::string ProgramPage() {
  std::string out = Heading("keyward", "protects the wallets and keys on this computer");
  out += ".SH SYNOPSIS\n.B keyward\n.I COMMAND\n[OPTION…]\n.SH DESCRIPTION\n";
  out +=
      "Asks and instructs keywardd, the service that keeps other programs away from the wallets "
      "and\n"
      "keys of the people who use this computer.\n.SH COMMANDS\n";
  for (const CommandSpec* command : SubcommandsOf(""))
    out += ".TP\n.BR keyward\\-" + Roff(command->path) + " (1)\n" + Roff(command->summary) + "\n";
  out += ".SH OPTIONS OF EVERY COMMAND\n" + List(CommonArguments()) + ExitStatus();
  out +=
      ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nWhen set and not empty, nothing is coloured unless "
      "\\-\\-color=always says so.\n";
  out +=
      ".SH FILES\n.TP\n.I /usr/share/keyward/policies\nThe shipped catalogue and rules.\n.TP\n"
      ".I /etc/keyward/policy.d\nThe administrator's.\n.TP\n.I /var/lib/keyward\nIncidents and "
      "approvals.\n.TP\n.I /run/keyward/control.sock\nWhere the daemon answers.\n";
  return out + ".SH SEE ALSO\n.BR keywardd (8)\n";
}

}  // namespace

std::vector<ManPage> ManPages() {
  std::vector<ManPage> pages{{"keyward.1", Ascii(ProgramPage())}};
  for (const CommandSpec* command : SubcommandsOf("")) {
    const std::string page = "keyward-" + std::string(command->path);
    pages.push_back({page + ".1", Ascii(CommandPage(*command, page))});
  }
  return pages;
}

}  // namespace keyward::cli
