"""Say what an audit of versions found; exit code 1 where a version is known to be vulnerable.

    python .ci/audited.py FOUND.json

The file is what ``pip-audit -f json`` writes. Versions that it could not look up are no good news,
and are counted.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(path: Path) -> int:
    """Print the findings of an audit, and return the exit code."""
    try:
        versions = json.loads(path.read_text(encoding="utf-8"))["dependencies"]
    except (OSError, ValueError, KeyError, TypeError):
        versions = []
    looked_up = [one for one in versions if "skip_reason" not in one]
    if not looked_up:
        print("No advisories could be reached: vulnerabilities were NOT looked up.")
        return 0
    print(f"{len(looked_up)} of {len(versions)} versions were looked up.")
    missed = [one["name"] for one in versions if "skip_reason" in one]
    if missed:
        print(f"NOT looked up: {', '.join(missed)}.")
    vulnerable = [one for one in looked_up if one["vulns"]]
    for one in vulnerable:
        for known in one["vulns"]:
            mended = ", ".join(known.get("fix_versions", [])) or "no version yet"
            print(f"{one['name']} {one['version']}: {known['id']}, mended in {mended}")
    if vulnerable:
        print("Take newer versions into constraints.txt: bash .ci/lock")
    return 1 if vulnerable else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
