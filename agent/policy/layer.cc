// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/layer.h"

namespace keyward::policy {

std::string_view LayerKindName(LayerKind kind) {
  switch (kind) {
    case LayerKind::kCatalogue: return "catalogue";
    case LayerKind::kAdministrator: return "administrator";
    case LayerKind::kManaged: return "managed";
    case LayerKind::kUser: return "user";
  }
  return "user";
}

}  // namespace keyward::policy
