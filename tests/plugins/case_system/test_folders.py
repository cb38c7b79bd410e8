"""The watched folder: each message appears whole or not at all, below the installation's folder, once."""

import hashlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from tests.docs.api_fields import check_fields

from budkavle import File, Loa, Permanent, Temporary
from budkavle.cases import close
from budkavle.testing import SampleOrganisation, do_job, in_work
from budkavle_case_system import folders, handing_over

FILES = (File("../../etc/lås.txt", "text/plain", b"bilaga"), File("a" * 196 + ".pdf", "application/pdf", b"%PDF"))


def arrive(delivering: Any, **changes: Any) -> None:
    delivering.organisation.arrive("Ansökan om <altan>", body="Hej!\n#import $x$", **changes)
    delivering.read()
    delivering.deliver()


@pytest.mark.feature("ZR3")
def test_a_message_appears_as_a_folder(by_folder: Any, organisation: SampleOrganisation) -> None:
    """Facts, PDF and attachments, whose sums agree; the case's log says so, and when it is taken."""
    arrive(by_folder, files=FILES)
    (folder,) = by_folder.folders()
    facts = by_folder.facts()
    assert facts["kind"] == "message.received"
    (message,) = facts["messages"]
    check_fields("Folder", {**facts, "messages": {**message, "references": [], "persons": []}})
    assert (message["subject"], message["level"]) == ("Ansökan om <altan>", 0)
    assert [each["name"] for each in message["attachments"]] == ["lås.txt", "a" * 196 + ".pdf"]
    for attachment in message["attachments"]:
        path = folder / attachment["file"]
        assert path.resolve().is_relative_to(folder.resolve())
        assert hashlib.sha256(path.read_bytes()).hexdigest() == attachment["sha256"]
    assert (folder / "messages.pdf").read_bytes().startswith(b"%PDF")
    assert by_folder.states() == ["delivered"]
    assert do_job(by_folder.platform, "case_system.taken") == 0
    folder.rename(by_folder.base / "taken")
    assert do_job(by_folder.platform, "case_system.taken") == 1
    assert by_folder.states() == ["acknowledged"]
    kinds = [row.kind for row in organisation.rows("SELECT kind FROM case_events ORDER BY id")]
    assert kinds[-2:] == ["case_system.delivered", "case_system.acknowledged"]


def test_a_disk_that_is_away_takes_nothing(by_folder: Any) -> None:
    """Where the whole folder is gone, nobody has taken anything."""
    arrive(by_folder)
    by_folder.base.rename(by_folder.base.with_name("unmounted"))
    assert do_job(by_folder.platform, "case_system.taken") == 0
    by_folder.base.mkdir()
    assert do_job(by_folder.platform, "case_system.taken") == 0
    assert by_folder.states() == ["delivered"]


def test_one_folder_that_fails_keeps_no_other(by_folder: Any, organisation: SampleOrganisation) -> None:
    """The others are seen as taken in the same run, and the job says that it has not done all of its work."""
    for _ in range(3):
        arrive(by_folder)
    for folder in by_folder.folders():
        folder.rename(by_folder.base / folder.name)
    organisation.rows(
        "UPDATE case_system_deliveries SET place = repeat('x', 300)"
        " WHERE id = (SELECT id FROM case_system_deliveries ORDER BY id LIMIT 1)"
    )
    with pytest.raises(OSError, match="name too long"):
        do_job(by_folder.platform, "case_system.taken")
    assert sorted(by_folder.states()) == ["acknowledged", "acknowledged", "delivered"]


@pytest.mark.feature("ZR3")
def test_a_closed_case_as_xml(by_folder: Any, organisation: SampleOrganisation) -> None:
    """All of its messages, and what was left out is counted."""
    by_folder.choose(folder_when="closed", folder_format="xml")
    case_id = organisation.arrive("Första", conversation_id="k1", body="\x0b och text")
    organisation.arrive("Hemligt", conversation_id="k1", confidential=True)
    organisation.arrive("Sista", conversation_id="k1")
    in_work(organisation.platform, organisation.case_worker, close, case_id)
    by_folder.read()
    by_folder.deliver()
    (folder,) = by_folder.folders()
    root = etree.parse(folder / "metadata.xml").getroot()
    name = "{https://budkavle.se/case-system/1}"
    subjects = [each.text for each in root.iter(f"{name}subject")]
    assert subjects == ["Första", "Sista"]
    assert root.findtext(f"{name}leftOut") == "1"


@pytest.mark.feature("ZR3")
@pytest.mark.parametrize(
    ("message", "values", "state"),
    [
        ({"loa": Loa.TWO}, {}, "passed"),
        ({"loa": Loa.TWO}, {"folder_level": 1}, "passed"),
        ({"loa": Loa.TWO}, {"folder_level": 2}, "delivered"),
        ({"confidential": True}, {}, "passed"),
        ({"confidential": True}, {"folder_confidential": True}, "delivered"),
        ({"confidential": True, "loa": Loa.THREE}, {"folder_confidential": True}, "passed"),
    ],
)
def test_level_and_secrecy_are_respected(
    by_folder: Any, message: dict[str, Any], values: dict[str, Any], state: str
) -> None:
    """What may not lie in clear does not, and the list says so."""
    by_folder.choose(**values)
    arrive(by_folder, **message)
    assert by_folder.states() == [state]
    assert bool(by_folder.folders()) == (state == "delivered")


def test_an_ended_worker_leaves_nothing_half(by_folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before the rename: nothing appears; the next try throws the remains away and lays all of it."""

    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(folders.NewFolder, "settle", die)
        arrive(by_folder, files=FILES)
    assert [path.name[0] for path in by_folder.folders()] == ["."]
    by_folder.hurry()
    by_folder.deliver()
    (folder,) = by_folder.folders()
    assert not folder.name.startswith(".")
    assert by_folder.states() == ["delivered"]


def test_an_ended_worker_lays_nothing_twice(by_folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the rename: the next try finds it there."""

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(handing_over, "_tell", die)
        arrive(by_folder)
    (folder,) = by_folder.folders()
    before = folder.stat().st_ino
    by_folder.hurry()
    by_folder.deliver()
    assert [path.stat().st_ino for path in by_folder.folders()] == [before]
    assert by_folder.states() == ["delivered"]


WRITER = """\
import sys, time
from pathlib import Path
from budkavle_case_system.folders import appearing
place = Path(sys.argv[1])
for number in range(10_000):
    with appearing(place, f"d{number}") as folder:
        for name in ("a", "b", "metadata.json"):
            folder.write(name, iter([b"x" * 50_000]))
    print(number, flush=True)
"""


@pytest.mark.feature("ZR3")
def test_killed_at_any_moment_what_appears_is_whole(tmp_path: Path) -> None:
    """A process that writes folders is killed; each that has appeared has all of its files."""
    for round_ in range(3):
        place = tmp_path / str(round_)
        place.mkdir()
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(place)], stdout=subprocess.PIPE)
        assert writer.stdout
        writer.stdout.readline()
        time.sleep(0.05 + 0.03 * round_)
        writer.kill()
        writer.communicate()
        whole = [path for path in place.iterdir() if not path.name.startswith(".")]
        assert whole
        for folder in whole:
            assert sorted(path.name for path in folder.iterdir()) == ["a", "b", "metadata.json"]
            assert all(path.stat().st_size == 50_000 for path in folder.iterdir())


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "../x", "a\\b", "a\0b"])
def test_nobody_leaves_the_folder(tmp_path: Path, name: str) -> None:
    """By no name, whatever was saved."""
    with pytest.raises(Permanent):
        folders.place_of(tmp_path, "habo", name)


def test_nobody_leaves_by_a_link(tmp_path: Path) -> None:
    """A link in the way leads nowhere, and without a base there is no folder."""
    base, elsewhere = tmp_path / "base", tmp_path / "elsewhere"
    base.mkdir()
    elsewhere.mkdir()
    (base / "habo").symlink_to(elsewhere)
    with pytest.raises(Permanent):
        folders.place_of(base, "habo", "in")
    with pytest.raises(Permanent):
        folders.place_of(None, "habo", "in")
    with pytest.raises(Temporary):
        folders.place_of(tmp_path / "nowhere", "habo", "in")
