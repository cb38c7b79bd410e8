"""Builds what a release consists of; the same bytes for the same commit (`make packages`).

All times in the files are the commit's (SOURCE_DATE_EPOCH), and all tools are those that requirements/dev.txt pins.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from release.chart import pack
from release.commands import ROOT, git, run
from release.refusals import version


def epoch() -> str:
    """Return SOURCE_DATE_EPOCH: as it is given, or the seconds since 1970 at which the commit was made."""
    return os.environ.get("SOURCE_DATE_EPOCH") or git("show", "--no-patch", "--format=%ct", "HEAD")


def build(folder: Path) -> None:
    """Fill a folder, emptied first, with wheel, source distribution, Helm chart and bill of materials."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for kind in ("wheel", "sdist"):
        run([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder], SOURCE_DATE_EPOCH=epoch())
    pack(folder / f"budkavle-chart-{version()}.tgz", version(), int(epoch()))
    bill = folder / f"budkavle-{version()}.cdx.json"
    run([sys.executable, "-m", "supply_chain.sbom", bill], PYTHONPATH=str(ROOT / "tools"))


def main() -> int:
    """Build them in `dist/packages`, and print the folder."""
    folder = ROOT / "dist/packages"
    build(folder)
    sys.stdout.write("".join(f"{path.relative_to(ROOT)}\n" for path in sorted(folder.iterdir())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
