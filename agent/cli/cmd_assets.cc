// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/cli/command.h"
#include "agent/control/printable.h"

namespace keyward::cli {
namespace {

Exit Run(const Context& context) {
  const auto session = context.Connect();
  if (!session) return FailToConnect(session.error());
  std::vector<control::AssetRow> rows;
  Result<> read;
  const auto asked = (*session)->Ask(control::AssetsRequest{}, [&](const control::Reply& reply) {
    if (context.json()) {
      context.out.Line(reply.data);
      return true;
    }
    auto row = control::ParseAsset(reply.data);
    if (row)
      rows.push_back(std::move(*row));
    else
      read = row.error();
    return read.has_value();
  });
  if (!asked) return Fail(asked.error());
  if (!read) return Fail(read.error());
  if (context.json()) return Exit::kFine;
  if (rows.empty()) context.out.Line("Nothing of yours to protect was found here.");
  std::size_t width = 0;
  for (const control::AssetRow& row : rows)
    width = std::max(width, control::DisplayWidth(control::Printable(row.name, 60)));
  for (const control::AssetRow& row : rows)
    context.out.Line(Padded(control::Printable(row.name, 60), width + 2) +
                     control::ShortPath(row.path, context.HomeOf(row.uid)) + "  " +
                     context.out.Paint(Ink::kDim, "(" + control::Printable(row.id, 80) + ")"));
  if (*asked) context.out.Line("… and more; --json has no more either: too many for one answer");
  return Exit::kFine;
}

}  // namespace

const CommandSpec kAssetsCommand{
    "assets",
    "everything protected that exists on this computer",
    "Lists the wallets, keys and other secrets that were found and are protected: name, place and "
    "the id by which rules and approvals call it.",
    {},
    "  keyward assets\n  keyward assets --json\n",
    &Run};

}  // namespace keyward::cli
