"""A small file system under database and files becomes full: people are told so, nothing is lost, and it goes on."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest
from msgspec.structs import replace

from budkavle import Platform
from budkavle.host import build
from budkavle.model.errors import Unavailable
from budkavle.settings import DatabaseSettings, Settings
from budkavle.storage.database import ALL_CASES
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.browsing import Browser

ROOT = Path(__file__).parents[2]
KEY = b"k" * 32
UNSURE = "osäkert om det sparades"
SAID = ("Databasens disk är full", "Det finns inte plats för filen")


@pytest.fixture
def chaos_disk(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module that mounts it."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return import_module("chaos_disk")


@pytest.fixture
def disk(
    chaos_disk: ModuleType,
    tmp_path: Path,
    missing: Callable[[str], NoReturn],
    forbidden: Callable[[str], NoReturn],
) -> Iterator[Any]:
    """A small file system."""
    if lacking := chaos_disk.missing():
        missing(lacking)
    if refusal := chaos_disk.refusal():
        forbidden(refusal)
    with chaos_disk.small_disk(tmp_path / "small", megabytes=300) as made:
        yield made


@pytest.fixture
def platform(disk: Any, budkavle_settings: Settings) -> Iterator[Platform]:
    """An installation whose database and files lie there, with the master key elsewhere."""
    settings = replace(
        budkavle_settings, data=disk.folder, database=DatabaseSettings(), enabled=(), undo_seconds=0, keys=None
    )
    platform = build(settings)
    platform.database.migrate()
    try:
        yield platform
    finally:
        platform.close()


@pytest.mark.slow
@pytest.mark.feature("ZO16")
def test_people_are_told_of_a_full_disk_and_go_on_when_there_is_room(
    disk: Any, organisation: SampleOrganisation, case_worker: SampleUser, browse: Callable[..., Browser]
) -> None:
    """What was accepted stands, what was refused is not there, and the page says why."""
    browser, platform = browse(case_worker), organisation.platform
    accepted, answers = [organisation.arrive("Före")], []
    refusals: list[str] = []
    disk.fill()
    for number in range(200):
        with told(refusals):
            accepted.append(organisation.arrive(f"Under {number}"))
        with told(refusals):
            platform.blobs.store(organisation.id, KEY, b"whose", bytes(50_000))
        answers.append(browser.post("/account", name=f"Namn {number}", language="sv"))
        if len(refusals) > 5 and answers[-1].status_code == 503:
            break
        disk.fill()
    assert any(SAID[0] in words for words in refusals)
    assert any(SAID[1] in words for words in refusals)
    assert all(any(said in words for said in (*SAID, "svarar inte", UNSURE)) for words in refusals)
    assert answers[-1].status_code == 503
    assert not list(platform.settings.blob_folder.rglob("*#*"))
    disk.free()
    accepted.append(organisation.arrive("Efter"))
    assert browser.post("/account", name="Namn", language="sv").status_code == 303
    platform.blobs.store(organisation.id, KEY, b"whose", bytes(50_000))
    with platform.database.transaction(organisation.id, reader=ALL_CASES) as connection:
        stored = {row.id for row in connection.exec_driver_sql("SELECT id FROM cases")}
    assert set(accepted) <= stored
    assert len(stored) <= len(accepted) + sum(UNSURE in words for words in refusals)


@contextmanager
def told(refusals: list[str]) -> Iterator[None]:
    """Note what somebody is told."""
    try:
        yield
    except Unavailable as error:
        refusals.append(error.message)


def test_it_says_what_it_lacks(chaos_disk: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root, a program by its name, or what the machine itself has answered."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "root" in chaos_disk.missing()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chaos_disk.missing().startswith("unshare is not installed")
    for name in chaos_disk.PROGRAMS:
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho permission denied >&2\nexit 32\n", "utf-8")
        program.chmod(0o755)
    assert chaos_disk.missing() == ""
    assert chaos_disk.refusal() == "this machine mounts no file system: permission denied"
