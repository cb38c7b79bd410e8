"""Judges the pinned packages against a stored export of known faults in OSV form, without the net.

Usage: `make advisories FROM=all.zip` (or a folder). OSV publishes one such file for PyPI and one for npm; fetch them by
the organisation's own way and pass both. One whose newest entry is older than 14 days is refused, as it proves little.
What has been judged harmless here stands in `vex.json`, with the reason.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from supply_chain.components import Component, components

OLDEST = timedelta(days=14)
VEX = Path(__file__).with_name("vex.json")
ECOSYSTEMS = {"PyPI": "pypi", "npm": "npm"}


def judge(sources: list[Path], parts: list[Component], now: datetime, accepted: dict[str, str]) -> list[str]:
    """Return a sentence for each fault; empty where nothing is known against the packages.

    Args:
        sources: Zip files or folders with OSV documents (OSV schema 1.6).
        parts: The packages.
        now: With zone; the age of the export is counted from here.
        accepted: Identifier of an advisory, and why it does no harm here.
    """
    pinned = {(part.kind, _spelled(part.kind, part.name)): part for part in parts}
    sentences: list[str] = []
    for source in sources:
        newest = datetime.min.replace(tzinfo=UTC)
        for document in map(json.loads, _texts(source)):
            newest = max(newest, datetime.fromisoformat(document["modified"]))
            if "withdrawn" not in document and not {document["id"], *document.get("aliases", [])} & accepted.keys():
                sentences += _against(document, pinned)
        if now - newest > OLDEST:
            sentences.append(f"{source.name}: the newest advisory is of {newest.date()}, so fetch a newer export")
    return sorted(set(sentences))


def _against(document: dict[str, Any], pinned: dict[tuple[str, str], Component]) -> Iterator[str]:
    for affected in document.get("affected", []):
        package = affected.get("package", {})
        kind = ECOSYSTEMS.get(package.get("ecosystem", ""), "")
        part = pinned.get((kind, _spelled(kind, package.get("name", ""))))
        if part and _affects(part.version, affected):
            yield f"{part.name} {part.version}: {document['id']} {document.get('summary', '')}".rstrip()


def _spelled(kind: str, name: str) -> str:
    return canonicalize_name(name) if kind == "pypi" else name


def _texts(source: Path) -> Iterator[bytes]:
    if source.is_dir():
        yield from (path.read_bytes() for path in sorted(source.rglob("*.json")))
    else:
        with zipfile.ZipFile(source) as archive:
            yield from (archive.read(name) for name in archive.namelist() if name.endswith(".json"))


def _affects(version: str, affected: dict[str, Any]) -> bool:
    """Judge one version by the listed versions and the ranges (OSV schema, "Evaluation")."""
    if version in affected.get("versions", []):
        return True
    ranges = [span for span in affected.get("ranges", []) if span["type"] in {"ECOSYSTEM", "SEMVER"}]
    return any(_inside(Version(version), span["events"]) for span in ranges)


def _inside(version: Version, events: list[dict[str, str]]) -> bool:
    try:
        limits = sorted((Version(text), name) for event in events for name, text in event.items())
    except InvalidVersion:
        return True  # A limit that cannot be read is judged by a person, not passed over.
    inside = False
    for limit, name in limits:
        if name == "introduced" and version >= limit:
            inside = True
        elif (name == "fixed" and version >= limit) or (name == "last_affected" and version > limit):
            inside = False
    return inside


def main() -> int:
    """Print what is known; 1 where there is something."""
    sources = [Path(argument) for argument in sys.argv[1:]]
    if not sources or not all(source.exists() for source in sources):
        sys.stderr.write('Say where the export lies: make advisories FROM="pypi.zip npm.zip"\n')
        return 2
    accepted = json.loads(VEX.read_text("utf-8"))
    sentences = judge(sources, components(), datetime.now(UTC), accepted)
    sys.stdout.writelines(
        f"{sentence}\n" for sentence in sentences or ["Nothing is known against the pinned packages."]
    )
    return int(bool(sentences))


if __name__ == "__main__":
    sys.exit(main())
