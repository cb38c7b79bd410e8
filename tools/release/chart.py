"""Packs the Helm chart with a version, the same bytes for the same commit."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from pathlib import Path

from release.commands import ROOT

CHART = ROOT / "deploy/helm/budkavle"
VERSION = re.compile(rb"^(version|appVersion): .*$", re.MULTILINE)


def pack(target: Path, version: str, epoch: int) -> None:
    """Write the chart as Helm packs it: a folder of its name, in a compressed tar.

    Args:
        target: The file.
        version: Of the product and the chart.
        epoch: The time of everything in it, seconds since 1970.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted(path for path in CHART.rglob("*") if path.is_file()):
            content = path.read_bytes()
            if path.name == "Chart.yaml":
                content = VERSION.sub(rb'\1: "%s"' % version.encode(), content)
            entry = tarfile.TarInfo(f"budkavle/{path.relative_to(CHART).as_posix()}")
            entry.size, entry.mtime, entry.mode = len(content), epoch, 0o644
            tar.addfile(entry, io.BytesIO(content))
    target.write_bytes(gzip.compress(packed.getvalue(), mtime=epoch))
