"""Print which rows of the feature list have a passing test, from the record of the last test runs."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"^\|([A-Z]{1,2}\d+)\|(.+)\|$")


def rows(text: str) -> dict[str, str]:
    """Return the rules by id, in the order of the list."""
    return {match[1]: match[2].strip() for line in text.splitlines() if (match := ROW.match(line))}


def main() -> int:
    """Print the table and the sum. Unknown ids on tests are errors."""
    features = ROOT.parent / "shared" / "features.md"
    record = ROOT / ".cache" / "features.json"
    if not features.exists():
        print("The feature list ../shared/features.md is not here.")
        return 2
    if not record.exists():
        print("No test run has been recorded; run `make test` first.")
        return 2
    wanted, seen = rows(features.read_text("utf-8")), json.loads(record.read_text("utf-8"))
    done = 0
    for feature, rule in wanted.items():
        outcomes = set(seen.get(feature, {}).values())
        word = "none" if not outcomes else "FAILS" if "failed" in outcomes else "ok" if "passed" in outcomes else "skip"
        done += word == "ok"
        print(f"{feature:5} {word:5} {len(seen.get(feature, {})):3} test(s)  {rule[:90]}")
    unknown = sorted(set(seen) - set(wanted))
    print(f"\n{done} of {len(wanted)} rows have passing tests.")
    if unknown:
        print(f"Tests name ids that the list does not have: {', '.join(unknown)}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
