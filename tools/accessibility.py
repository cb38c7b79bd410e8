"""Writes the findings of axe in the pages to the release: core/budkavle/organisation/accessibility_check.json.

`make accessibility` runs the browser tests, which check each page at two widths, and collects the findings of axe. The
proposed accessibility statement of an organisation uses this file. An error in it also fails the tests.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "core/budkavle/organisation/accessibility_check.json"


def gather(lines: list[str]) -> dict[str, object]:
    """Combine by rule the lines that the tests wrote, one for each page and width."""
    looks = [json.loads(line) for line in lines]
    found: dict[str, dict[str, dict[str, object]]] = {"faults": {}, "unclear": {}}
    for kind, rules in found.items():
        pages: dict[str, set[str]] = defaultdict(set)
        words: dict[str, str] = {}
        for look in looks:
            for rule, text in look[kind].items():
                pages[rule].add(look["path"])
                words[rule] = text
        rules.update({rule: {"help": words[rule], "pages": sorted(pages[rule])} for rule in sorted(pages)})
    return {
        "on": datetime.now(UTC).date().isoformat(),
        "tool": looks[0]["tool"],
        "pages": len({look["path"] for look in looks}),
        **found,
    }


def main() -> int:
    """Run the tests and write the file. Further arguments are passed to pytest."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "looks.jsonl"
        command = [sys.executable, "-m", "pytest", "-q", *(sys.argv[1:] or ["tests/browser"])]
        environment = {**os.environ, "BUDKAVLE_ACCESSIBILITY": str(notes)}
        code = subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode
        lines = notes.read_text("utf-8").splitlines() if notes.exists() else []
    if not lines:
        print("no page was looked at; the file stays as it was")
        return 1
    whole = gather(lines)
    TARGET.write_text(json.dumps(whole, ensure_ascii=False, indent=2) + "\n", "utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {whole['pages']} pages")
    return code


if __name__ == "__main__":
    sys.exit(main())
