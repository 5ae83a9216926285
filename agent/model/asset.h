// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyward {

// What an asset is worth to a thief decides the defaults (policies/defaults.toml).
enum class AssetClass : std::uint8_t {
  kWalletSecret,   // "wallet-secret": a wallet's files that hold or guard its keys
  kBrowserWallet,  // "browser-wallet": storage of a wallet extension, and of any extension
  kBrowserSecret,  // "browser-secret": logins, cookies, cards
  kPrivateKey,     // "private-key": SSH, OpenPGP, validator and command-line keys
  kKeyring,        // "keyring": the desktop's secret store
  kPasswordStore,  // "password-store": password managers
  kWalletCode,     // "wallet-code": program code and integrity files that thieves replace
  kStartupFile,    // "startup-file": shell start-up and editor auto-run files
  kCredential,     // "credential": developer and cloud credentials
  kProjectSecret,  // "project-secret": a secret that lies in a project's own tree
  kWatchOnly,      // "watch-only": addresses and history
  kDevice,         // "device": hardware wallets, input devices, raw disks
};
inline constexpr int kAssetClassCount = 12;

std::string_view AssetClassName(AssetClass asset_class);
std::optional<AssetClass> ParseAssetClass(std::string_view name);

// How a person would name the group in `keyward status`: wallets, keys, browser secrets, other.
enum class AssetGroup : std::uint8_t { kWallets, kKeys, kBrowserSecrets, kOther };
AssetGroup GroupOf(AssetClass asset_class);

enum class Severity : std::uint8_t { kLow, kMedium, kHigh, kCritical };

std::string_view SeverityName(Severity severity);
std::optional<Severity> ParseSeverity(std::string_view name);

}  // namespace keyward
