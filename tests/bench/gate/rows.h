// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace keyward::bench {

// One line of the table: a figure of ours, the peer's in the same run, their ratio, the budget.
struct Row {
  std::string what;
  std::string ours;
  std::string peer;
  double ratio = 0;   // 0: there is nothing to compare with
  double budget = 0;  // on the ratio; 0: none
  std::string note;
};

double Median(std::vector<double> values);
std::string Nanoseconds(double ns);

// Memory, wake-ups and start-up of the real daemon with so many protected files.
std::vector<Row> DaemonRows(int files);

}  // namespace keyward::bench
