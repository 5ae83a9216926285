// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace keyward::policy {

// The word that was probably meant, or nothing when none is near: at most two slips of the
// keyboard (a letter more, less, other, or swapped with its neighbour), one in a short word.
std::string_view NearestWord(std::string_view word, std::span<const std::string_view> known);

// "did you mean \"executable\"?", or nothing.
std::string DidYouMean(std::string_view word, std::span<const std::string_view> known);

}  // namespace keyward::policy
