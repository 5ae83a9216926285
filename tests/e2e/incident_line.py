# SPDX-License-Identifier: Apache-2.0
"""One incident of `keyward incidents --json` as half a line: who it was, and why he was stopped."""
import json
import re
import sys

incident = json.loads(sys.stdin.readline())
subject = incident["subject"]
who = (subject["script"] or subject["exe"] or "?").rsplit("/", 1)[-1]
judged = (subject.get("judged_as") or incident.get("judged_as") or "").rsplit("/", 1)[-1]
details = subject.get("taint_details") or []
evidence = subject.get("evidence") or []
if details:
    why = details[0]
elif judged and judged != who and judged not in (subject["exe"] or ""):
    why = f'a tool that works for "{judged}"'
elif evidence:
    why = evidence[0]
else:
    why = "not the wallet's own program"
why = re.sub(r"/\S+/([^/\s,]+)", r"\1", why)  # names, not paths
print(f"{who}: {why} (rule {incident['rule']['id']})")
