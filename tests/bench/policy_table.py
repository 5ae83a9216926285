# SPDX-License-Identifier: Apache-2.0
"""The rows of bench_policy as part of the table: cost now beside cost when it was smallest."""
import json
import sys

first = {}
for line in sys.stdin:
    row = json.loads(line)
    grows, cost = (
        ("rules", "ns_per_decision")
        if row["bench"] == "policy_decide"
        else ("locations", "ns_per_protected_path")
    )
    base = first.setdefault(row["bench"], row[cost])
    rate = f"{row['decisions_per_second']:,} decisions/s" if "decisions_per_second" in row else ""
    print(
        f"{row[grows]:>7,} {grows:<10} {row[cost]:8.0f} ns  {row[cost] / base:5.2f}x the smallest  "
        f"compiled in {row['compile_ms']:.0f} ms  {rate}"
    )
