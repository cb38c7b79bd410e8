"""What the product is made of: licences, bill of materials, advisories."""

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from supply_chain import advisories, licences, sbom
from supply_chain.components import Component, components

PYTHON = Component("jinja2", "3.1.2", "pypi", "BSD-3-Clause")
BROWSER = Component("pdfjs-dist", "4.1.0", "npm", "Apache-2.0")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.feature("ZS10")
def test_every_package_has_a_permitted_licence() -> None:
    """Of Python and of the browser: none unknown, none that nobody judged."""
    parts = components()
    assert {part.kind for part in parts} == {"pypi", "npm"}
    assert {"litestar", "pdfjs-dist", "htmx.org", "@digdir/designsystemet-css"} <= {part.name for part in parts}
    assert "axe-core" not in {part.name for part in parts}  # of the tests
    assert [sentence for part in parts if (sentence := licences.fault(part))] == []


@pytest.mark.parametrize(
    ("licence", "right"),
    [
        ("MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND Apache-2.0", True),
        ("(MIT OR Apache-2.0) AND ISC", True),
        ("(MIT OR ISC) AND GPL-3.0-only", False),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("LGPL-3.0-only", False),
        ("Something new", False),
        ("", False),
    ],
)
def test_a_licence_that_nobody_judged_is_a_fault(licence: str, right: bool) -> None:
    """One side of an OR will do, all of an AND must; what is accepted for one package is so for that one alone."""
    assert (licences.fault(replace(PYTHON, licence=licence)) is None) == right


def test_an_accepted_licence_is_judged_anew_when_it_changes() -> None:
    """One package may be under LGPL-3.0, and under nothing else that is not permitted."""
    psycopg = Component("psycopg", "3.3", "pypi", "LGPL-3.0-only")
    assert licences.fault(psycopg) is None
    assert licences.fault(replace(psycopg, licence="GPL-3.0-only")) is not None


@pytest.mark.feature("ZS10")
def test_the_bill_of_materials_names_what_is_pinned() -> None:
    """With version, package URL, licence and hashes, and the same bytes each time."""
    text = sbom.bill()
    assert text == sbom.bill()
    document = json.loads(text)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert "serialNumber" not in document
    entries = {entry["purl"]: entry for entry in document["components"]}
    assert entries.keys() == {part.purl for part in components()}
    litestar = next(entry for purl, entry in entries.items() if purl.startswith("pkg:pypi/litestar@"))
    assert litestar["licenses"] == [{"license": {"id": "MIT"}}]
    assert len(litestar["hashes"][0]["content"]) == 64


def advisory(name: str, ecosystem: str = "PyPI", **affected: Any) -> dict[str, Any]:
    """An OSV document about one package."""
    package = {"name": name, "ecosystem": ecosystem}
    modified = NOW.isoformat().replace("+00:00", "Z")
    return {"id": "GHSA-1", "aliases": ["CVE-1"], "modified": modified, "affected": [{"package": package, **affected}]}


def judge(folder: Path, *documents: dict[str, Any], accepted: dict[str, str] | None = None) -> list[str]:
    """Judge two packages by the documents, packed as OSV publishes them."""
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for number, document in enumerate(documents):
            archive.writestr(f"{number}.json", json.dumps(document))
    return advisories.judge([folder / "all.zip"], [PYTHON, BROWSER], NOW + timedelta(days=1), accepted or {})


def within(*events: dict[str, str], kind: str = "ECOSYSTEM") -> dict[str, Any]:
    """A range of versions."""
    return {"ranges": [{"type": kind, "events": list(events)}]}


@pytest.mark.feature("ZS10")
@pytest.mark.parametrize(
    ("document", "hit"),
    [
        (advisory("Jinja2", **within({"introduced": "0"}, {"fixed": "3.1.3"})), True),
        (advisory("Jinja2", **within({"introduced": "0"}, {"fixed": "3.1.2"})), False),
        (advisory("jinja2", **within({"fixed": "3.1.3"}, {"introduced": "0"})), True),
        (advisory("jinja2", **within({"introduced": "3.1.3"})), False),
        (advisory("jinja2", **within({"introduced": "3.0"}, {"last_affected": "3.1.2"})), True),
        (advisory("jinja2", **within({"introduced": "3.0"}, {"last_affected": "3.1.1"})), False),
        (advisory("jinja2", versions=["3.1.2"]), True),
        (advisory("jinja2", **within({"introduced": "what"})), True),
        (advisory("jinja2", "npm", versions=["3.1.2"]), False),
        (advisory("pdfjs-dist", "npm", **within({"introduced": "0"}, {"fixed": "4.2.67"}, kind="SEMVER")), True),
        (advisory("other", versions=["3.1.2"]), False),
        (advisory("jinja2", versions=["3.1.2"]) | {"withdrawn": NOW.isoformat()}, False),
    ],
)
def test_a_pinned_version_is_judged_by_the_ranges(document: dict[str, Any], hit: bool, tmp_path: Path) -> None:
    """As the OSV schema evaluates them; a limit that cannot be read is told."""
    assert bool(judge(tmp_path, document)) == hit


def test_what_does_no_harm_here_is_passed_over_by_its_name(tmp_path: Path) -> None:
    """By the identifier or by an alias."""
    document = advisory("jinja2", versions=["3.1.2"])
    assert judge(tmp_path, document, accepted={"CVE-1": "the sandbox is not used"}) == []
    assert judge(tmp_path, document, accepted={"CVE-2": "another"}) == ["jinja2 3.1.2: GHSA-1"]


def test_an_old_export_is_no_verdict(tmp_path: Path) -> None:
    """Nothing against the packages in an export of last month proves nothing."""
    old = advisory("other") | {"modified": (NOW - timedelta(days=30)).isoformat()}
    told = "all.zip: the newest advisory is of 2026-01-30, so fetch a newer export"
    assert judge(tmp_path, old) == [told]
    (tmp_path / "npm").mkdir()
    (tmp_path / "npm/1.json").write_text(json.dumps(advisory("other", "npm")))
    both = [tmp_path / "all.zip", tmp_path / "npm"]
    assert advisories.judge(both, [PYTHON, BROWSER], NOW + timedelta(days=1), {}) == [told]
